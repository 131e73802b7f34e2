import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { App } from "./App";
import { takeToken } from "./access/token";
import "./styles/base.css";
import "./styles/head.css";
import "./styles/status.css";
import "./styles/panels.css";
import "./styles/feedback.css";
import "./styles/chart.css";
import "./styles/fleet.css";
import "./styles/forms.css";
import "./styles/operate.css";
import "./styles/pages.css";

// Before anything else reads the address.
takeToken();

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no element `root`");
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
