import { jsx as _jsx, jsxs as _jsxs } from "preact/jsx-runtime";
import { useState } from "preact/hooks";
import { ApiError, messageOf } from "../api/client.js";
import { Logo } from "../frame/icon.js";
import { useTitle } from "../frame/title.js";
import { signIn } from "../session.js";
/** Asks for e-mail and password; the browser's own password manager may fill them in. */
export function SignInPage() {
    const [error, setError] = useState(null);
    const [busy, setBusy] = useState(false);
    useTitle("Sign in");
    const submit = async (event) => {
        event.preventDefault();
        const form = new FormData(event.currentTarget);
        setBusy(true);
        setError(null);
        try {
            await signIn(String(form.get("email") ?? "").trim(), String(form.get("password") ?? ""));
        }
        catch (reason) {
            setError(explain(reason));
            setBusy(false);
        }
    };
    return (_jsx("main", { class: "sign-in", children: _jsxs("form", { class: "sign-in-card", method: "post", onSubmit: submit, children: [_jsxs("h1", { children: [_jsx(Logo, {}), "Sign in to Spanstone"] }), _jsxs("label", { children: ["E-mail", _jsx("input", { name: "email", type: "email", autocomplete: "username", required: true, autofocus: true, "aria-invalid": error !== null })] }), _jsxs("label", { children: ["Password", _jsx("input", { name: "password", type: "password", autocomplete: "current-password", required: true, "aria-invalid": error !== null })] }), error !== null && (_jsx("p", { class: "form-error", role: "alert", children: error })), _jsx("button", { type: "submit", class: "button primary", disabled: busy, children: busy ? "Signing in…" : "Sign in" }), _jsx("p", { class: "hint", children: "The first user is created when the server starts for the first time; it prints how to sign in." })] }) }));
}
function explain(error) {
    const refused = error instanceof ApiError && error.status === 401;
    return refused ? "This e-mail and password do not belong together. Check both and try again." : messageOf(error);
}
