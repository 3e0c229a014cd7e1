/** Ways in which people have got around checks that look at the text of a path. */

type Spell = (path: string, host: string) => string;

const percent = (character: string) => `%${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
const escapeAt = (path: string, index: number, upper = false) => {
  const escaped = percent(path.charAt(index));
  const text = upper ? escaped.toUpperCase() : escaped;
  return path.slice(0, index) + text + path.slice(index + 1);
};
const everySlash =
  (text: string): Spell =>
  (path) =>
    `/${path.slice(1).replaceAll("/", text)}`;
const lastSlash =
  (text: string): Spell =>
  (path) => {
    const index = path.lastIndexOf("/");
    return index === 0
      ? `/${text}${path.slice(1)}`
      : path.slice(0, index) + text + path.slice(index + 1);
  };

const PREFIXES = [
  "/",
  "//",
  "///",
  "/.",
  "/./.",
  "/x/..",
  "/..",
  "/../..",
  "/%2e",
  "/%2E",
  "/%2e%2e",
  "/.%2e",
  "/%2e.",
  "/x/%2e%2e",
  "/%2f",
  "/%2F",
  "/%5c",
  "/\\",
  "/;",
  "/;a=b",
  "/dashboard/..",
  "/dashboard/%2e%2e",
  "/dashboard//..",
  "/livez/..",
  "/livez/%2e%2e",
  "/livez;/..",
  "/api/v0/..//..",
  "/%00",
  "/%20",
  "/%09",
  "/%0d%0a",
  "/*",
  "/@",
  "/:",
  "/~",
  "/%c0%af",
  "/%e0%80%af",
  "/%252f",
  "/%252e%252e",
  "/\u00e9/..",
];
const SUFFIXES = [
  "/",
  "//",
  "/.",
  "/./",
  "/..",
  "/../",
  "/%2e",
  "/%2e%2e",
  "/../livez",
  "/..;/livez",
  "/..%2flivez",
  "/../../../livez",
  ".",
  "..",
  "%2e",
  "%00",
  "%00.css",
  "%20",
  "%09",
  "%0a",
  "%0d%0aX: y",
  ";",
  ";a=b",
  ";/livez",
  ";.css",
  "%3b",
  ".json",
  ".css",
  "/index.html",
  "?",
  "?x=1",
  "?/../livez",
  "??",
  "%3f",
  "%3fx=1",
  "#",
  "#/livez",
  "?#",
  "%23",
  "&x=1",
  "~",
  "*",
  "%",
  "%z",
  "%zz",
  "%c0%af",
  "%u002f",
  "\\",
  "\\..",
  "%5c",
  "%5c..%5c..",
  ":80",
  "@livez",
  "|",
  '"',
  "<",
  "{}",
  "\u00e9",
  "\u00ff",
  "%ff",
  "%e9",
];
const REWRITES: readonly Spell[] = [
  (path) => path.toUpperCase(),
  (path) => path.charAt(0) + path.charAt(1).toUpperCase() + path.slice(2),
  (path) => path.slice(0, -1) + path.slice(-1).toUpperCase(),
  (path) =>
    path.replaceAll(/[a-z]/g, (letter, at) => (at % 2 === 0 ? letter : letter.toUpperCase())),
  ...[
    "//",
    "///",
    "/./",
    "/x/../",
    "%2f",
    "%2F",
    "/%2e/",
    "/%2e%2e/x/",
    "\\",
    "%5c",
    ";/",
    "/;/",
  ].map(everySlash),
  ...[
    "//",
    "%2f",
    "%2F",
    "%252f",
    "/./",
    "/x/../",
    "/x/%2e%2e/",
    "\\",
    "%5c",
    ";/",
    "%00/",
    "/%00",
  ].map(lastSlash),
  ...[1, 2, 3, 4].flatMap((index): Spell[] => [
    (path) => escapeAt(path, Math.min(index, path.length - 1)),
    (path) => escapeAt(path, Math.max(0, path.length - index), true),
    (path) => escapeAt(path, Math.min(index, path.length - 1)).replace("%", "%25"),
  ]),
  (path) => path.replaceAll(/[a-z]/g, percent),
  (path) => path.replaceAll(/[a-z/]/g, percent),
  (path) => path.replaceAll(/[a-z]/g, (letter) => percent(letter).replace("%", "%25")),
  (path) => path.replaceAll(/[aeiou]/g, (letter) => `%u00${letter.charCodeAt(0).toString(16)}`),
  (path) => path.slice(1),
  (path) => `?${path}`,
  (path) => `#${path}`,
  () => "*",
  (path) => `/livez?${path}`,
  (path) => `/livez#${path}`,
  (path) => `/livez/../${path}`,
  (path) => `/livez%2f..${path}`,
  (path) => `/dashboard/..%2f..${path}`,
  (path) => `${path}?next=/livez`,
];
/** The request line may hold a whole URL. */
const ABSOLUTE: readonly Spell[] = [
  (path, host) => `http://${host}${path}`,
  (path, host) => `HTTP://${host}${path}`,
  (path, host) => `http://${host}/${path}`,
  (path, host) => `http://${host}//${path}`,
  (path, host) => `http://${host}/livez/..${path}`,
  (path, host) => `http://${host}/%2e%2e${path}`,
  (path, host) => `http://${host}${path}#/livez`,
  (path, host) => `http://${host}${path}?x`,
  (path, host) => `http://${host}\\${path}`,
  (path, host) => `http:${path.startsWith("//") ? "" : "//"}${host}${path}/`,
  (path, host) => `http://user@${host}${path}`,
  (path, host) => `http://user:pw@${host}${path}`,
  (path, host) => `//${host}${path}`,
  (path, host) => `///${host}${path}`,
  (path, host) => `http:/${host}${path}`,
  (path, host) => `http:${path}${host}`,
  (path, host) => `ws://${host}${path}`,
  (path, host) => `https://${host}${path}`,
  (path, host) => `file://${host}${path}`,
  (path) => `http://evil.example${path}`,
  (path) => `javascript:${path}`,
];

const join =
  (prefix: string): Spell =>
  (path) =>
    prefix + path;

/** Every way, the plain one first. A path with a query keeps it at its end. */
export const SPELLINGS: readonly Spell[] = [
  (path) => path,
  ...PREFIXES.map(join),
  ...SUFFIXES.map(
    (suffix): Spell =>
      (path) =>
        path + suffix,
  ),
  ...REWRITES,
  ...ABSOLUTE,
  ...["%2f", "//", "/./", "/x/../", ";/"].flatMap((slash) =>
    ["/", "?x=1", ";a", "%00", "#x"].map(
      (suffix): Spell =>
        (path) =>
          everySlash(slash)(path, "") + suffix,
    ),
  ),
];
