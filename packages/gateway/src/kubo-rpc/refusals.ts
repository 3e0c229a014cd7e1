import { HttpError } from "../http-error.ts";

/** An argument does not have the form Kubo documents. */
export function badArgument(parameter: string, message: string): HttpError {
  return new HttpError("invalid_request", message, { parameter });
}

/** This build does not do what Kubo does here. */
export function notSupported(what: string): HttpError {
  return new HttpError("not_supported", what);
}

/** The arguments are well formed, but not what the command can do. */
export function refused(message: string): HttpError {
  return new HttpError("invalid_request", message);
}

/** A command that takes in files was given none. @param name what Kubo calls them */
export function noFile(name: string): HttpError {
  return badArgument(name, `file argument '${name}' is required`);
}
