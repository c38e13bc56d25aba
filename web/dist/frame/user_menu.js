import { jsx as _jsx, jsxs as _jsxs } from "preact/jsx-runtime";
import { useState } from "preact/hooks";
import { messageOf } from "../api/client.js";
import { signOut } from "../session.js";
/** Who is signed in, the server's version, and the way out. */
export function UserMenu({ session }) {
    const [error, setError] = useState(null);
    if (!session.user)
        return _jsx("span", { class: "version", children: session.version });
    const leave = async () => {
        await signOut().catch((reason) => setError(messageOf(reason)));
    };
    return (_jsxs("div", { class: "user", children: [_jsx("span", { class: "version", title: "Version of the server", children: session.version }), _jsx("span", { class: "user-email", title: session.user.name ?? undefined, children: session.user.email }), _jsx("button", { type: "button", class: "button quiet", title: error ?? undefined, onClick: leave, children: error === null ? "Sign out" : "Could not sign out: try again" })] }));
}
