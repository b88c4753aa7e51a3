/**
 * Puts a text where it can be pasted from; false where the browser does not let it. Browsers give
 * the clipboard to pages of this machine and of https alone: elsewhere a field is copied from.
 */
export async function copyText(text: string): Promise<boolean> {
  if (!isSecureContext) return copyFromField(text);
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyFromField(text);
  }
}

function copyFromField(text: string): boolean {
  const before = document.activeElement;
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "heard";
  document.body.append(field);
  field.select();
  const copied = document.execCommand("copy");
  field.remove();
  if (before instanceof HTMLElement) before.focus();
  return copied;
}
