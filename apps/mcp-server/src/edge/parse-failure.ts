import { HttpError } from "./http-error.ts";

/** What to answer when Node could not read a request, by the code of its error. */
export function parseFailure(error: Error): HttpError {
  const code = "code" in error ? error.code : undefined;
  switch (code) {
    case "HPE_HEADER_OVERFLOW":
      return new HttpError("too_large", "The header of the request is too large.", { status: 431 });
    case "HPE_CHUNK_EXTENSIONS_OVERFLOW":
      return new HttpError("too_large", "The chunk extensions are too large.");
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return new HttpError("timeout", "The header of the request took too long.", { status: 408 });
    default:
      return new HttpError("invalid_request", "This is not an HTTP/1.1 request.");
  }
}
