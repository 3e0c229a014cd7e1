import type { PinList } from "@ipfs-kit/core/wire";
import { useCallback, useEffect, useRef, useState } from "react";

import { type Failure, failureOf } from "../../../errors/failure.ts";
import { appendPage, readAgain, readPage } from "./read-pins.ts";

export interface Content {
  /** Undefined until the first answer. */
  list: PinList | undefined;
  failure: Failure | undefined;
  loading: boolean;
  refresh: () => void;
  loadMore: () => void;
}

/** What the server keeps, read again whenever it may have changed. */
export function useContent(server: URL, live: boolean): Content {
  const [list, setList] = useState<PinList>();
  const [failure, setFailure] = useState<Failure>();
  const [loading, setLoading] = useState(false);
  const current = useRef<{ list: PinList | undefined; reading: AbortController | undefined }>({
    list: undefined,
    reading: undefined,
  });

  const read = useCallback(async (job: (signal: AbortSignal) => Promise<PinList>) => {
    // The newest question counts.
    current.current.reading?.abort();
    const reading = new AbortController();
    current.current.reading = reading;
    setLoading(true);
    try {
      const fresh = await job(reading.signal);
      if (reading.signal.aborted) return;
      current.current.list = fresh;
      setList(fresh);
      setFailure(undefined);
    } catch (error) {
      if (!reading.signal.aborted) setFailure(failureOf(error));
    }
    if (!reading.signal.aborted) setLoading(false);
  }, []);

  const refresh = useCallback(() => {
    void read((signal) => readAgain(server, current.current.list?.pins.length ?? 0, { signal }));
  }, [read, server]);

  const loadMore = useCallback(() => {
    const { list: known } = current.current;
    if (known?.next_cursor === undefined) return;
    void read(async (signal) =>
      appendPage(known, await readPage(server, known.next_cursor, { signal })),
    );
  }, [read, server]);

  useEffect(() => {
    if (live) refresh();
  }, [live, refresh]);

  useEffect(() => {
    const onVisible = () => {
      if (!document.hidden) refresh();
    };
    document.addEventListener("visibilitychange", onVisible);
    return () => document.removeEventListener("visibilitychange", onVisible);
  }, [refresh]);

  return { list, failure, loading, refresh, loadMore };
}
