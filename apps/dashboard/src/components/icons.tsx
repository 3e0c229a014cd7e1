import type { ReactNode } from "react";

/** Drawn on 16 × 16, stroked in the colour of the text. Icons never stand alone: a word says it too. */
function Icon({ children }: { children: ReactNode }) {
  return (
    <svg
      aria-hidden="true"
      viewBox="0 0 16 16"
      className="size-4 shrink-0"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      {children}
    </svg>
  );
}

export const Logo = () => (
  <svg aria-hidden="true" viewBox="0 0 32 32" className="size-7 shrink-0">
    <path d="M16 2 28 9v14l-12 7L4 23V9z" className="fill-accent" />
    <path d="M13 10.5v11l9-5.5z" className="fill-on-accent" />
  </svg>
);
export const CheckIcon = () => (
  <Icon>
    <path d="m3 8.5 3.2 3L13 4.5" />
  </Icon>
);
export const CrossIcon = () => (
  <Icon>
    <path d="m4 4 8 8m0-8-8 8" />
  </Icon>
);
export const PlayIcon = () => (
  <Icon>
    <path d="M5 3v10l8-5z" fill="currentColor" />
  </Icon>
);
export const PauseIcon = () => (
  <Icon>
    <path d="M5 3.5v9M11 3.5v9" strokeWidth="2.5" />
  </Icon>
);
export const ReplayIcon = () => (
  <Icon>
    <path d="M3 8a5 5 0 1 0 1.6-3.7M3 2.5V5h2.5" />
  </Icon>
);
export const CopyIcon = () => (
  <Icon>
    <rect x="5.5" y="5.5" width="8" height="8" rx="1.5" />
    <path d="M10.5 5.5V4A1.5 1.5 0 0 0 9 2.5H4A1.5 1.5 0 0 0 2.5 4v5A1.5 1.5 0 0 0 4 10.5h1.5" />
  </Icon>
);
export const UploadIcon = () => (
  <Icon>
    <path d="M8 10.5v-8m0 0L4.8 5.7M8 2.5l3.2 3.2M2.5 10.5v2A1.5 1.5 0 0 0 4 14h8a1.5 1.5 0 0 0 1.5-1.5v-2" />
  </Icon>
);
export const VideoIcon = () => (
  <Icon>
    <rect x="1.75" y="3.5" width="9" height="9" rx="1.5" />
    <path d="m10.75 7 3.5-2v6l-3.5-2" />
  </Icon>
);
export const AudioIcon = () => (
  <Icon>
    <path d="M6 12V4l7-1.5v8" />
    <circle cx="4.25" cy="12" r="1.75" />
    <circle cx="11.25" cy="10.5" r="1.75" />
  </Icon>
);
export const FileIcon = () => (
  <Icon>
    <path d="M9 1.75H4.5A1.25 1.25 0 0 0 3.25 3v10a1.25 1.25 0 0 0 1.25 1.25h7A1.25 1.25 0 0 0 12.75 13V5.5zM9 1.75V5.5h3.75" />
  </Icon>
);
export const WarningIcon = () => (
  <Icon>
    <path d="M8 2.25 14.5 13.5h-13zM8 6.5v3M8 11.6v.1" />
  </Icon>
);
export const DashedIcon = () => (
  <Icon>
    <circle cx="8" cy="8" r="5.5" strokeDasharray="2.2 2.1" />
  </Icon>
);
export const CircleIcon = () => (
  <Icon>
    <circle cx="8" cy="8" r="5.5" />
  </Icon>
);
export const ServerIcon = () => (
  <Icon>
    <rect x="2" y="2.5" width="12" height="4.5" rx="1.25" />
    <rect x="2" y="9" width="12" height="4.5" rx="1.25" />
    <path d="M4.75 4.75h.01M4.75 11.25h.01" strokeWidth="2" />
  </Icon>
);
export const SunIcon = () => (
  <Icon>
    <circle cx="8" cy="8" r="2.75" />
    <path d="M8 1.5v1.25M8 13.25v1.25M1.5 8h1.25M13.25 8h1.25M3.4 3.4l.9.9M11.7 11.7l.9.9M12.6 3.4l-.9.9M4.3 11.7l-.9.9" />
  </Icon>
);
export const MoonIcon = () => (
  <Icon>
    <path d="M13.5 9.5A5.75 5.75 0 0 1 6.5 2.5a5.75 5.75 0 1 0 7 7z" />
  </Icon>
);
export const ScreenIcon = () => (
  <Icon>
    <rect x="1.75" y="2.5" width="12.5" height="8.5" rx="1.25" />
    <path d="M5.5 13.75h5" />
  </Icon>
);
export const SoundIcon = () => (
  <Icon>
    <path d="M2 6v4h2.5L8 13V3L4.5 6zM10.5 6a2.8 2.8 0 0 1 0 4M12.5 4a5.6 5.6 0 0 1 0 8" />
  </Icon>
);
export const MutedIcon = () => (
  <Icon>
    <path d="M2 6v4h2.5L8 13V3L4.5 6zM10.75 6.25l3.5 3.5m0-3.5-3.5 3.5" />
  </Icon>
);
export const ExpandIcon = () => (
  <Icon>
    <path d="M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10" />
  </Icon>
);
