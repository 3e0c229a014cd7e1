import { AbortedError, UnavailableError } from "@ipfs-kit/core";

import { problemError } from "../../../connection/http.ts";
import { AddAnswer } from "./add-answer.ts";
import type { SendFile } from "./upload-queue.ts";

/**
 * Adds one file to a server. `fetch` cannot tell how much of a body was sent; `XMLHttpRequest` can.
 */
export function sendFileTo(server: URL): SendFile {
  return async (file, { signal, onSent, onStored }) => {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const request = new XMLHttpRequest();
    const answer = new AddAnswer();
    let seen = 0;

    const readAnswer = () => {
      if (request.status !== 200) return;
      answer.push(request.responseText.slice(seen));
      seen = request.responseText.length;
      onStored(answer.storedBytes);
      // Nothing follows: the server cuts the connection, which alone would say nothing.
      if (answer.failure !== undefined) reject(answer.failure);
    };
    const abort = () => {
      request.abort();
      reject(new AbortedError());
    };

    request.upload.addEventListener("progress", ({ loaded, total }) => {
      // The body is a little longer than the file: boundaries and headers.
      onSent(Math.min(file.size, Math.max(0, loaded - (total - file.size))));
    });
    request.upload.addEventListener("load", () => onSent(file.size));
    // Told of every piece, unlike "progress": the last one may come just before the connection ends.
    request.addEventListener("readystatechange", () => {
      if (request.readyState === request.LOADING) readAnswer();
    });
    request.addEventListener("load", () => {
      if (request.status !== 200) {
        reject(problemError(request.status, request.responseText));
        return;
      }
      readAnswer();
      answer.end();
      if (answer.failure !== undefined) {
        reject(answer.failure);
      } else if (answer.cid === undefined) {
        reject(new UnavailableError("The server did not confirm the file. It may not be stored."));
      } else {
        resolve(answer.cid);
      }
    });
    request.addEventListener("error", () => {
      reject(
        new UnavailableError(`The connection to ${server.host} broke before the file was stored.`),
      );
    });

    if (signal.aborted) throw new AbortedError();
    signal.addEventListener("abort", abort, { once: true });
    try {
      const body = new FormData();
      body.append("file", file, file.name);
      request.open("POST", new URL("api/v0/add?progress=true", server));
      // Without it failures come as Kubo's clients read them.
      request.setRequestHeader("accept", "application/problem+json, application/json");
      request.send(body);
      return await promise;
    } finally {
      // After an answer that came whole this does nothing.
      request.abort();
      signal.removeEventListener("abort", abort);
    }
  };
}
