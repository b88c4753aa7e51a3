import { utf8 } from "../base/bytes.ts";
import type { LogHeader, NewRecord } from "../log/log.ts";
import { type Bar, sourceKind } from "../market/bar.ts";
import { encodeBar, schemaVersion } from "../market/codec.ts";

/** A message that is no bar is cut here: enough to see what it was, and any log takes it. */
const rejectBytesMax = 512 * 1024;

/** Makes the records of a topic: keyed by symbol, with headers that say what the value is. */
export class Messages {
  readonly #headers = new Map<string, readonly LogHeader[]>();
  readonly #keys = new Map<string, Uint8Array>();

  bar(bar: Bar): NewRecord {
    return {
      key: this.#keyOf(bar.symbol),
      value: utf8(encodeBar(bar)),
      headers: this.#headersOf(bar.source),
    };
  }

  /** The message of a row that is no valid bar, as it is, for the consumer to refuse. */
  reject(symbol: string | null, message: Uint8Array, source: string): NewRecord {
    return {
      key: symbol === null ? null : utf8(symbol),
      value: message.subarray(0, rejectBytesMax),
      headers: this.#headersOf(source),
    };
  }

  #keyOf(symbol: string): Uint8Array {
    let key = this.#keys.get(symbol);
    if (key === undefined) {
      key = utf8(symbol);
      this.#keys.set(symbol, key);
    }
    return key;
  }

  #headersOf(source: string): readonly LogHeader[] {
    const kind = sourceKind(source);
    let headers = this.#headers.get(kind);
    if (headers === undefined) {
      headers = [
        { key: "content-type", value: utf8("application/json") },
        { key: "source", value: utf8(kind) },
        { key: "schema-version", value: utf8(String(schemaVersion)) },
      ];
      this.#headers.set(kind, headers);
    }
    return headers;
  }
}
