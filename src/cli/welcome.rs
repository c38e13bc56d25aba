//! What `serve` prints: at the first start everything a newcomer needs, once; later one line.
//!
//! Pure text from what was created. Secrets that were made up are shown, as nobody could know them otherwise;
//! secrets that the operator chose are not repeated, as standard output may be a log.

use std::io::{self, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use spanstone_engine::{NewKey, NewUser, SetupReport};

/// Prints what a start has to say.
pub(crate) struct Welcome<'a> {
    /// Where this machine reaches the server.
    pub(crate) url: &'a str,
    /// Where it reaches the listener for gRPC, if there is one.
    pub(crate) grpc_url: Option<&'a str>,
    /// The data directory, as the operator would write it.
    pub(crate) data_dir: &'a str,
    /// The program as it was called, to call it again.
    pub(crate) program: &'a str,
    /// What was created.
    pub(crate) report: &'a SetupReport,
    /// Whether the operator chose the key.
    pub(crate) is_key_chosen: bool,
    /// Whether the server listens; if not, only what was created is told.
    pub(crate) is_listening: bool,
}

impl Welcome<'_> {
    /// Writes the text.
    pub(crate) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let Self { url, grpc_url, data_dir, program: _, report, is_key_chosen, is_listening } = self;
        let SetupReport { project, created_key, created_user } = report;
        if *is_listening {
            writeln!(out, "Spanstone {} listens on {url} and keeps its data in {data_dir}", env!("CARGO_PKG_VERSION"))?;
            if let Some(grpc_url) = grpc_url {
                writeln!(out, "OTLP over gRPC is taken at {grpc_url}")?;
            }
        }
        let new_key = created_key.as_ref().filter(|_| !is_key_chosen);
        let new_password = created_user.as_ref().and_then(|user| user.generated_password.as_deref());
        if new_key.is_some() || new_password.is_some() {
            writeln!(out, "\nWhat follows is shown this once; keep it.")?;
        }
        if let Some(NewUser { email, .. }) = created_user {
            writeln!(out, "\nSign in at {url}")?;
            writeln!(out, "  e-mail    {email}")?;
            writeln!(out, "  password  {}", new_password.unwrap_or("(as configured)"))?;
        }
        if let Some(key) = new_key {
            writeln!(out, "\nProject `{}`", project.name)?;
            writeln!(out, "  public key  {}", key.public)?;
            writeln!(out, "  secret key  {}", key.secret)?;
            self.environment(key, out)?;
        }
        out.flush()
    }

    fn environment(&self, key: &NewKey, out: &mut dyn Write) -> io::Result<()> {
        let Self { url, program, .. } = self;
        let NewKey { public, secret } = key;
        writeln!(
            out,
            "\nFor every Langfuse SDK, LiteLLM, LangChain and so on:\n\n\
             export LANGFUSE_PUBLIC_KEY=\"{public}\"\n\
             export LANGFUSE_SECRET_KEY=\"{secret}\"\n\
             export LANGFUSE_HOST=\"{url}\"\n\
             export LANGFUSE_BASE_URL=\"{url}\"\n\
             export LANGFUSE_BASEURL=\"{url}\"\n\n\
             For OpenTelemetry exporters:\n\n\
             export OTEL_EXPORTER_OTLP_ENDPOINT=\"{url}/api/public/otel\"\n\
             export OTEL_EXPORTER_OTLP_PROTOCOL=\"http/protobuf\"\n\
             export OTEL_EXPORTER_OTLP_HEADERS=\"Authorization=Basic%20{}\"\n\n\
             Something to look at, from another terminal with the first block set:\n\n\
             {program} demo",
            header_credentials(public, secret)
        )
    }
}

/// Basic credentials for a value of `OTEL_EXPORTER_OTLP_HEADERS`, which exporters percent-decode.
fn header_credentials(public: &str, secret: &str) -> String {
    let plain = STANDARD.encode(format!("{public}:{secret}"));
    plain.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D")
}

#[cfg(test)]
mod tests {
    use spanstone_engine::{Organization, Project};
    use spanstone_model::{ProjectId, Timestamp};

    use super::*;

    fn report(created: bool) -> SetupReport {
        SetupReport {
            project: Project {
                id: ProjectId::from_wire("p"),
                name: "Default".to_owned(),
                organization: Organization { id: "o".to_owned(), name: "Home".to_owned() },
                created_at: Timestamp::default(),
            },
            created_key: created.then(|| NewKey { public: "pk-lf-1".to_owned(), secret: "sk-lf-2".to_owned() }),
            created_user: created.then(|| NewUser {
                email: "admin@localhost".to_owned(),
                generated_password: Some("hunter22".to_owned()),
            }),
        }
    }

    fn text(report: &SetupReport, is_key_chosen: bool) -> String {
        let welcome = Welcome {
            url: "http://u:1",
            grpc_url: Some("http://u:2"),
            data_dir: "./d",
            program: "./spanstone",
            report,
            is_key_chosen,
            is_listening: true,
        };
        let mut text = Vec::new();
        welcome.write(&mut text).expect("memory takes all writes");
        String::from_utf8(text).expect("it is text")
    }

    #[test]
    fn the_first_start_shows_everything_and_later_ones_a_line_per_listener() {
        let first = text(&report(true), false);
        for part in [
            "listens on http://u:1 and keeps its data in ./d",
            "shown this once",
            "password  hunter22",
            "export LANGFUSE_PUBLIC_KEY=\"pk-lf-1\"",
            "export LANGFUSE_SECRET_KEY=\"sk-lf-2\"",
            "export LANGFUSE_HOST=\"http://u:1\"",
            "export LANGFUSE_BASE_URL=\"http://u:1\"",
            "export LANGFUSE_BASEURL=\"http://u:1\"",
            "export OTEL_EXPORTER_OTLP_ENDPOINT=\"http://u:1/api/public/otel\"",
            "Authorization=Basic%20cGstbGYtMTpzay1sZi0y\"",
            "\n./spanstone demo\n",
        ] {
            assert!(first.contains(part), "{part} in {first}");
        }
        let later = text(&report(false), false);
        assert_eq!(later.lines().count(), 2, "{later}");
        assert!(later.ends_with("OTLP over gRPC is taken at http://u:2\n"), "{later}");
    }

    #[test]
    fn a_secret_that_the_operator_chose_is_not_repeated() {
        let mut chosen = report(true);
        chosen.created_user = Some(NewUser { email: "me@home".to_owned(), generated_password: None });
        let text = text(&chosen, true);
        assert!(!text.contains("sk-lf-2") && !text.contains("pk-lf-1"), "{text}");
        assert!(text.contains("password  (as configured)"), "{text}");
        assert!(!text.contains("shown this once"), "{text}");
    }

    #[test]
    fn credentials_hold_nothing_that_an_exporter_would_decode() {
        assert_eq!(header_credentials("a", "?>?>"), "YTo%2FPj8%2B");
    }
}
