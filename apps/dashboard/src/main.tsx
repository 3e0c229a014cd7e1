// oxlint-disable-next-line import/no-unassigned-import -- a style sheet has nothing to assign
import "./styles/app.css";

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { App } from "./app.tsx";
import { LastResort } from "./components/last-resort.tsx";
import { followLoginLink } from "./connection/sign-in.ts";

// Once, before anything is shown: its code works once, and shall not stay in the address bar.
const arrival = followLoginLink() ?? Promise.resolve(undefined);
const root = document.querySelector("#root");
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <LastResort>
        <App arrival={arrival} />
      </LastResort>
    </StrictMode>,
  );
}
