// Starts the viewer.
import { render } from "preact";
import { App } from "./app.tsx";
import { startClock } from "./clock.ts";
import { startRouter } from "./router.ts";
import { loadSession } from "./session.ts";

const root = document.getElementById("app");
if (!root) throw new Error("index.html has no #app");
startClock();
startRouter();
void loadSession();
render(<App />, root);
