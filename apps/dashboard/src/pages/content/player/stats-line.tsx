import type { ReceiveStats } from "@ipfs-kit/webrtc-streaming/client";
import { useEffect, useState } from "react";

import { describeStats } from "./describe-stats.ts";

/** How often the numbers are read. */
const TICK_MS = 1_000;

/** What arrives, once a second: `640×360 · VP8 · 1.2 Mb/s`. */
export function StatsLine({ read }: { read: () => Promise<ReceiveStats> }) {
  const [text, setText] = useState("");

  useEffect(() => {
    let over = false;
    const tick = async () => {
      try {
        const stats = await read();
        if (!over) setText(describeStats(stats));
      } catch {
        // The connection is over; the last numbers stay.
      }
    };
    void tick();
    const timer = setInterval(() => void tick(), TICK_MS);
    return () => {
      over = true;
      clearInterval(timer);
    };
  }, [read]);

  return (
    <p className="min-h-[1.45em] text-ink-soft" data-testid="stats">
      {text}
    </p>
  );
}
