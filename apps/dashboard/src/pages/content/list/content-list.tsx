import type { PinRow } from "@ipfs-kit/core/wire";
import { useEffect, useState } from "react";

import { Button } from "../../../components/button.tsx";
import { ErrorNote } from "../../../components/error-note.tsx";
import { VideoIcon } from "../../../components/icons.tsx";
import { ContentRow } from "./content-row.tsx";
import type { Content } from "./use-content.ts";

/** How often "3 min ago" is written anew. */
const AGE_TICK_MS = 30_000;

interface ContentListProps {
  content: Content;
  playingCid: string | undefined;
  onPlay: (row: PinRow) => void;
}

/** What the server keeps, newest first. */
export function ContentList({ content, playingCid, onPlay }: ContentListProps) {
  const { list, failure, loading, refresh, loadMore } = content;
  const now = useNow(list);
  const more = list?.next_cursor !== undefined;
  return (
    <section
      aria-labelledby="content-title"
      className="overflow-hidden rounded-xl border border-line bg-card shadow-card"
    >
      <div className="flex h-11 items-center gap-2 border-b border-line px-4">
        <h2 id="content-title" className="font-semibold">
          Content
        </h2>
        {list !== undefined && list.pins.length > 0 && (
          <span className="text-ink-soft" data-testid="content-count">
            {list.pins.length}
            {more ? "+" : ""}
          </span>
        )}
      </div>
      {failure !== undefined && (
        <div className="p-3">
          <ErrorNote failure={failure}>
            <Button onClick={refresh}>Try again</Button>
          </ErrorNote>
        </div>
      )}
      {list === undefined && failure === undefined && <Skeleton />}
      {list?.pins.length === 0 && <Empty />}
      {list !== undefined && list.pins.length > 0 && (
        <ul className="divide-y divide-line" data-testid="content-list" aria-busy={loading}>
          {list.pins.map((row) => (
            <ContentRow
              key={row.cid}
              row={row}
              now={now}
              playing={row.cid === playingCid}
              onPlay={() => onPlay(row)}
            />
          ))}
        </ul>
      )}
      {more && (
        <div className="border-t border-line p-3 text-center">
          <Button onClick={loadMore} disabled={loading} data-testid="load-more">
            {loading ? "Loading…" : "Load more"}
          </Button>
        </div>
      )}
    </section>
  );
}

function Empty() {
  return (
    <div data-testid="empty" className="flex flex-col items-center gap-1 px-4 py-12 text-center">
      <span className="mb-1 inline-flex size-9 items-center justify-center rounded-full bg-sunken text-ink-soft">
        <VideoIcon />
      </span>
      <p className="text-lg">Nothing here yet — drop a video</p>
      <p className="max-w-md text-balance text-ink-soft">
        Everything you add is kept under its CID, an address made from the bytes themselves, and can
        be watched from there.
      </p>
    </div>
  );
}

/** The shape of what is to come. */
function Skeleton() {
  return (
    <div aria-hidden="true" className="divide-y divide-line">
      {["w-1/3", "w-1/4", "w-2/5"].map((width) => (
        <div key={width} className="flex h-14 items-center px-4">
          <span className={`h-3 rounded bg-sunken ${width}`} />
        </div>
      ))}
    </div>
  );
}

/** The time, renewed now and then and with every new list. */
function useNow(list: unknown): Date {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    setNow(new Date());
    const timer = setInterval(() => setNow(new Date()), AGE_TICK_MS);
    return () => clearInterval(timer);
  }, [list]);
  return now;
}
