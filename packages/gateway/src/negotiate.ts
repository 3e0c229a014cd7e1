import { carSettings } from "./car-settings.ts";
import { HttpError } from "./http-error.ts";

/** Formats to ask for, and the media types they are asked for by. */
export const MEDIA_TYPES = {
  raw: "application/vnd.ipld.raw",
  car: "application/vnd.ipld.car",
  tar: "application/x-tar",
  "dag-json": "application/vnd.ipld.dag-json",
  "dag-cbor": "application/vnd.ipld.dag-cbor",
  json: "application/json",
  cbor: "application/cbor",
  "ipns-record": "application/vnd.ipfs.ipns-record",
} as const;

type ResponseFormat = keyof typeof MEDIA_TYPES;

const FORMAT_NAMES = new Map<string, ResponseFormat>(
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys of this very object
  (Object.keys(MEDIA_TYPES) as ResponseFormat[]).map((name) => [name, name]),
);
const FORMATS = new Map<string, ResponseFormat>(
  Array.from(FORMAT_NAMES.values(), (name) => [MEDIA_TYPES[name], name]),
);

/** What form the client wants its answer in. */
export interface Negotiated {
  /** Absent: the content as it is, a file, a page. */
  format?: ResponseFormat;
  /** The format was asked for by `Accept` alone. */
  byAccept: boolean;
  /** Nothing but the format will do. */
  isStrict: boolean;
  /** Parameters of the media type, e.g. `order` of a CAR. */
  params: ReadonlyMap<string, string>;
  /** A person is likely to look at it. */
  html: boolean;
}

interface Accepted {
  type: string;
  params: Map<string, string>;
  quality: number;
}

/**
 * Chooses the format: `?format=` before `Accept`; there by weight (RFC 9110), and among equals a
 * format before wildcards and ordinary types, then the first.
 *
 * @throws HttpError 400 for a format nobody knows, 406 when `Accept` leaves only such
 */
export function negotiate(format: string | null, accept: string | null): Negotiated {
  const accepted = parseAccept(accept ?? "");
  const html = accepted.some(({ type }) => type === "text/html");
  if (format !== null && format !== "") {
    const name = FORMAT_NAMES.get(format);
    if (name === undefined) {
      const known = Array.from(FORMAT_NAMES.keys()).join(", ");
      throw new HttpError("invalid_request", `There is no such format. Known are: ${known}.`);
    }
    const params = accepted.find(({ type }) => type === MEDIA_TYPES[name])?.params ?? new Map();
    return { format: name, byAccept: false, isStrict: true, params, html };
  }
  const ordinary = accepted.filter(({ type }) => !isOurs(type));
  const best = accepted.find(isAvailable);
  const name = FORMATS.get(best?.type ?? "");
  const ordinaryQuality = ordinary[0]?.quality ?? 0;
  if (best !== undefined && name !== undefined && best.quality >= ordinaryQuality) {
    const isStrict = ordinary.length === 0;
    return { format: name, byAccept: true, isStrict, params: best.params, html };
  }
  if (accepted.length > 0 && ordinary.length === 0) throw notAcceptable(accepted);
  return { byAccept: false, isStrict: false, params: new Map(), html };
}

function isOurs(type: string): boolean {
  return FORMATS.has(type) || /^application\/vnd\.ip[lf][ds]\./.test(type);
}

/** Whether we have the format, with these parameters. */
function isAvailable({ type, params }: Accepted): boolean {
  if (type !== MEDIA_TYPES.car) return FORMATS.has(type);
  try {
    carSettings(params, new URLSearchParams());
    return true;
  } catch {
    return false;
  }
}

function notAcceptable(accepted: readonly Accepted[]): Error {
  const car = accepted.find(({ type }) => type === MEDIA_TYPES.car);
  // Says which of the parameters it is that we do not have.
  if (car !== undefined) carSettings(car.params, new URLSearchParams());
  return new HttpError("not_supported", "None of the formats in Accept can be had here.", {
    status: 406,
  });
}

/** What the header lists, by falling weight; what it rules out is left out. */
function parseAccept(header: string): Accepted[] {
  return header
    .split(",")
    .map((part) => parseOne(part))
    .filter(({ type, quality }) => type.includes("/") && quality > 0)
    .toSorted((a, b) => b.quality - a.quality);
}

function parseOne(part: string): Accepted {
  const [type = "", ...rest] = part.split(";").map((piece) => piece.trim());
  const params = new Map<string, string>();
  for (const piece of rest) {
    const [name = "", value = ""] = piece.split("=", 2);
    params.set(name.trim().toLowerCase(), value.trim().replaceAll('"', ""));
  }
  const quality = Number(params.get("q") ?? 1);
  params.delete("q");
  return { type: type.toLowerCase(), params, quality: quality <= 1 ? quality : 0 };
}
