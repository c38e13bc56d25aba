import { jsx as _jsx } from "preact/jsx-runtime";
// Starts the viewer.
import { render } from "preact";
import { App } from "./app.js";
import { startClock } from "./clock.js";
import { startRouter } from "./router.js";
import { loadSession } from "./session.js";
const root = document.getElementById("app");
if (!root)
    throw new Error("index.html has no #app");
startClock();
startRouter();
void loadSession();
render(_jsx(App, {}), root);
