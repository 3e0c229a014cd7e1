import type { PinRow } from "@ipfs-kit/core/wire";
import { type ReactNode, useId } from "react";

import { Button } from "../../../components/button.tsx";
import { Cid } from "../../../components/cid.tsx";
import { AudioIcon, FileIcon, PlayIcon, VideoIcon } from "../../../components/icons.tsx";
import { StrangerText } from "../../../components/stranger-text.tsx";
import { formatAge, formatBytes, shortCid } from "../../../text/format.ts";
import { safeText } from "../../../text/safe-text.ts";
import { type MediaSort, sortOf } from "./playability.ts";

const ICONS: Readonly<Record<MediaSort, ReactNode>> = {
  video: <VideoIcon />,
  audio: <AudioIcon />,
  unknown: <FileIcon />,
  other: <FileIcon />,
};

interface ContentRowProps {
  row: PinRow;
  now: Date;
  playing: boolean;
  onPlay: () => void;
}

/** One thing the server keeps, and the button that plays it. */
export function ContentRow({ row, now, playing, onPlay }: ContentRowProps) {
  const reason = useId();
  const sort = sortOf(row.media_type);
  const name = row.name ?? "";
  const size = row.size === undefined ? "size unknown" : formatBytes(row.size);
  const age = row.pinned_at === undefined ? "" : formatAge(new Date(row.pinned_at), now);
  const playable = sort !== "other";
  return (
    <li
      data-testid="content-row"
      data-cid={row.cid}
      aria-current={playing}
      className="grid grid-cols-[1fr_auto] items-center gap-x-3 px-4 py-2 aria-[current=true]:shadow-[inset_3px_0_0_var(--accent)] md:grid-cols-[minmax(0,1fr)_6rem_7rem_12rem_6.5rem]"
    >
      <div className="flex min-w-0 items-center gap-3">
        <span className="text-ink-soft">{ICONS[sort]}</span>
        <div className="min-w-0">
          <p className="truncate font-medium">
            {name === "" ? (
              <span className="font-mono">{shortCid(row.cid)}</span>
            ) : (
              <StrangerText text={name} />
            )}
          </p>
          <p className="truncate text-ink-soft" id={reason}>
            {row.media_type === undefined ? "type unknown" : safeText(row.media_type)}
            {!playable && " · not audio or video"}
          </p>
        </div>
      </div>
      <span className="text-right text-ink-soft max-md:hidden">{size}</span>
      <time
        dateTime={row.pinned_at}
        title={row.pinned_at}
        className="text-right text-ink-soft max-md:hidden"
      >
        {age}
      </time>
      <span className="max-md:col-span-2 max-md:row-start-2 max-md:flex max-md:flex-wrap max-md:items-center max-md:gap-x-3 max-md:pl-7 md:pl-4">
        <span className="whitespace-nowrap text-ink-soft md:hidden">
          {[size, age].filter((fact) => fact !== "").join(" · ")}
        </span>
        <Cid cid={row.cid} />
      </span>
      <Button
        kind={playable ? "soft" : "plain"}
        data-testid="play"
        disabled={!playable}
        title={playable ? undefined : "Only audio and video can be played"}
        aria-describedby={playable ? undefined : reason}
        aria-label={`Play ${name === "" ? shortCid(row.cid) : safeText(name)}`}
        onClick={onPlay}
        className="max-md:col-start-2 max-md:row-start-1 md:justify-self-end"
      >
        <PlayIcon />
        Play
      </Button>
    </li>
  );
}
