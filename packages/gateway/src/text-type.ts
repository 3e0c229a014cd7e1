/** Control characters that no text has; tab, line ends and escape do stand in texts. */
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const CONTROL = /[\u0000-\u0008\u000b\u000e-\u001a\u001c-\u001f]/;

const HTML =
  /^\s*(?:<!--[^]*?-->\s*)*<(?:!doctype html|html|head|body|script|title|h1|div|p)[\s/>]/i;
const SVG = /^\s*(?:<\?xml[^>]*>\s*)?(?:<!--[^]*?-->\s*)*(?:<!doctype svg[^>]*>\s*)?<svg[\s>]/i;
const XML = /^\s*<\?xml\s/i;

/**
 * The type of a text nobody named, by its first bytes; `undefined` for what is no UTF-8 text.
 *
 * @param isAll the bytes are the whole text, and may be looked at for being JSON
 */
export function textTypeOf(head: Uint8Array, isAll: boolean): string | undefined {
  let text: string;
  try {
    // As a stream: the last character may be cut in two.
    text = new TextDecoder("utf-8", { fatal: true }).decode(head, { stream: !isAll });
  } catch {
    return undefined;
  }
  if (CONTROL.test(text)) return undefined;
  if (HTML.test(text)) return "text/html";
  if (SVG.test(text)) return "image/svg+xml";
  if (XML.test(text)) return "text/xml; charset=utf-8";
  if (isAll && isJson(text)) return "application/json";
  return "text/plain; charset=utf-8";
}

/** Objects and lists only: a number alone is more likely a text. */
function isJson(text: string): boolean {
  if (!/^\s*[{[]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
