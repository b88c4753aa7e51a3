import { mkdir, open } from "node:fs/promises";
import path from "node:path";
import { systemCodeOf } from "../base/errors.ts";

/** More than any lake has open at once; beyond it they are learned anew. */
const foldersKnownMax = 100_000;

/**
 * Folders under `root`, made and made durable. A new name in a folder survives a crash of the
 * machine once the folder itself has been synced; so does a new folder once its parent has.
 */
export class DurableFolders {
  readonly #root: string;
  /** Folders whose every name up to the root has been synced. */
  readonly #known = new Set<string>();
  readonly #making = new Map<string, Promise<void>>();
  readonly #syncs = new Map<string, FolderSync>();

  constructor(root: string) {
    this.#root = root;
  }

  /** Makes `folder` and those above it, up to the root, which must exist. */
  async make(folder: string): Promise<void> {
    if (folder === this.#root || this.#known.has(folder)) return;
    const running = this.#making.get(folder);
    if (running !== undefined) return running;
    const making = this.#make(folder).finally(() => this.#making.delete(folder));
    this.#making.set(folder, making);
    return making;
  }

  /** Forgets what was known: somebody removed folders. */
  forget(): void {
    this.#known.clear();
  }

  /**
   * Resolves when a sync of `folder` that began after this call has ended. Callers that come
   * while one is under way share the next.
   */
  async sync(folder: string): Promise<void> {
    const current = this.#syncs.get(folder);
    if (current === undefined) return this.#begin(folder, syncFolder(folder));
    current.next ??= this.#after(folder, current.running);
    return current.next;
  }

  async #make(folder: string): Promise<void> {
    const parent = path.dirname(folder);
    await this.make(parent);
    try {
      await mkdir(folder);
    } catch (error) {
      if (systemCodeOf(error) !== "EEXIST") throw error;
    }
    // Also when it existed: whoever made it may not have come to the sync.
    await this.sync(parent);
    if (this.#known.size >= foldersKnownMax) this.#known.clear();
    this.#known.add(folder);
  }

  #begin(folder: string, running: Promise<void>): Promise<void> {
    const sync: FolderSync = { running, next: undefined };
    this.#syncs.set(folder, sync);
    return running.finally(() => {
      if (this.#syncs.get(folder) === sync && sync.next === undefined) this.#syncs.delete(folder);
    });
  }

  async #after(folder: string, running: Promise<void>): Promise<void> {
    // The failure of the one before belongs to its own callers.
    await running.then(undefined, () => undefined);
    return this.#begin(folder, syncFolder(folder));
  }
}

interface FolderSync {
  readonly running: Promise<void>;
  next: Promise<void> | undefined;
}

/** Writes a folder's names to the disk. */
export async function syncFolder(folder: string): Promise<void> {
  await using handle = await open(folder, "r");
  await handle.sync();
}
