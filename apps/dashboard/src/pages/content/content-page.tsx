import { useCallback, useState } from "react";

import { ContentList } from "./list/content-list.tsx";
import { useContent } from "./list/use-content.ts";
import { Player } from "./player/player.tsx";
import { DropArea } from "./upload/drop-area.tsx";
import { UploadList } from "./upload/upload-list.tsx";
import { useUploads } from "./upload/use-uploads.ts";

interface Shown {
  cid: string;
  name: string;
  /** Tells one press of Play from the next. */
  turn: number;
}

/** Add, see what is there, watch it. */
export function ContentPage({ server, live }: { server: URL; live: boolean }) {
  const content = useContent(server, live);
  const { queue, uploads } = useUploads(server, content.refresh);
  const [shown, setShown] = useState<Shown>();
  const onFiles = useCallback((files: readonly File[]) => queue.add(files), [queue]);
  const empty = uploads.length === 0 && content.list?.pins.length === 0;

  return (
    <>
      {shown !== undefined && (
        <Player
          key={shown.turn}
          server={server}
          cid={shown.cid}
          name={shown.name}
          onClose={() => setShown(undefined)}
        />
      )}
      <DropArea onFiles={onFiles} compact={shown !== undefined || !empty} />
      <UploadList queue={queue} uploads={uploads} />
      <ContentList
        content={content}
        playingCid={shown?.cid}
        onPlay={({ cid, name = "" }) => {
          setShown((before) => ({ cid, name, turn: (before?.turn ?? 0) + 1 }));
        }}
      />
    </>
  );
}
