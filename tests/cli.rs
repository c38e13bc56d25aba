//! The command line as a stranger meets it, without a server.

mod binary;

use std::fs;

use binary::{run, spanstone};

#[test]
fn help_of_every_command_has_a_usage_and_says_what_it_does() {
    for command in [
        ["serve", "--help"].as_slice(),
        &["verify", "--help"],
        &["stats", "--help"],
        &["demo", "--help"],
        &["keys", "--help"],
        &["keys", "list", "--help"],
        &["keys", "create", "--help"],
        &["keys", "revoke", "--help"],
        &["config", "--help"],
        &["config", "show", "--help"],
        &["config", "default", "--help"],
        &["healthcheck", "--help"],
        &["completions", "--help"],
        &["openapi", "--help"],
    ] {
        let (code, text, _) = run(spanstone([]).args(command));
        assert_eq!(code, 0, "{command:?}");
        assert!(text.contains("Usage: spanstone "), "{text}");
        assert!(text.lines().next().is_some_and(|line| line.len() > 20), "{text}");
    }
}

#[test]
fn without_a_command_it_explains_itself() {
    let (code, _, text) = run(&mut spanstone([]));
    assert_eq!(code, 2);
    for part in ["serve", "verify", "demo", "First steps:"] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[test]
fn it_says_its_version() {
    let expected = format!("spanstone {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(run(&mut spanstone(["--version"])), (0, expected, String::new()));
}

#[test]
fn help_names_the_variable_of_every_flag_and_the_default_in_effect() {
    let (_, help, _) = run(&mut spanstone(["serve", "-h"]));
    let (_, shown, _) = run(&mut spanstone(["config", "show"]));
    for (flag, variable, option) in [
        ("--data-dir", "SPANSTONE_DATA_DIR", "data_dir"),
        ("--listen", "SPANSTONE_LISTEN", "listen"),
        ("--log", "SPANSTONE_LOG", "log.filter"),
        ("--log-format", "SPANSTONE_LOG_FORMAT", "log.format"),
        ("--batch-body-bytes", "SPANSTONE_BATCH_BODY_BYTES", "limits.batch_body_bytes"),
        ("--otlp-body-bytes", "SPANSTONE_OTLP_BODY_BYTES", "limits.otlp_body_bytes"),
        ("--inflight-body-bytes", "SPANSTONE_INFLIGHT_BODY_BYTES", "limits.inflight_body_bytes"),
        ("--payload-cache-bytes", "SPANSTONE_PAYLOAD_CACHE_BYTES", "limits.payload_cache_bytes"),
        ("--hot-bytes", "SPANSTONE_HOT_BYTES", "limits.hot_bytes"),
        ("--retention-days", "SPANSTONE_RETENTION_DAYS", "retention.days"),
        ("--retention-bytes", "SPANSTONE_RETENTION_BYTES", "retention.bytes"),
    ] {
        let line = shown.lines().find(|line| line.split_whitespace().next() == Some(option)).expect(option);
        let value = line[option.len()..].split_once('#').expect("an origin").0.trim();
        let about = help.lines().find(|line| line.trim().starts_with(&format!("{flag} "))).expect(flag);
        assert!(about.contains(&format!("[env: {variable}] [default: {value}]")), "{about}");
    }
}

#[test]
fn config_show_tells_where_each_value_came_from() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let file = dir.path().join("my.toml");
    fs::write(&file, "data_dir = '/of/file'\nlisten = '1.1.1.1:1'\nlog.filter = 'warn'").expect("it is written");
    let (code, shown, _) = run(spanstone(["config", "show", "--listen", "2.2.2.2:2", "--config"])
        .arg(&file)
        .env("SPANSTONE_LOG", "debug")
        .env("LANGFUSE_INIT_PROJECT_SECRET_KEY", "sk-lf-hush"));
    assert_eq!(code, 0);
    let line = |option: &str| {
        let line = shown.lines().find(|line| line.starts_with(option)).expect(option);
        line.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(line("data_dir"), format!("data_dir /of/file # file {}", file.display()));
    assert_eq!(line("listen"), "listen 2.2.2.2:2 # flag --listen");
    assert_eq!(line("log.filter"), "log.filter debug # environment SPANSTONE_LOG");
    assert_eq!(line("log.format"), "log.format text # default");
    assert_eq!(
        line("init.project_secret_key"),
        "init.project_secret_key (redacted) # environment LANGFUSE_INIT_PROJECT_SECRET_KEY"
    );
}

#[test]
fn the_default_file_is_a_sound_configuration() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let file = dir.path().join("default.toml");
    let (_, text, _) = run(&mut spanstone(["config", "default"]));
    fs::write(&file, text).expect("it is written");
    let checked = run(spanstone(["serve", "--check", "--config"]).arg(&file));
    assert_eq!(checked, (0, "The configuration is sound.\n".to_owned(), String::new()));
}

#[test]
fn a_mistake_in_the_configuration_is_named_with_its_place() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let file = dir.path().join("my.toml");
    fs::write(&file, "\nlissen = '1.1.1.1:1'").expect("it is written");
    let (code, _, error) = run(spanstone(["serve", "--config"]).arg(&file));
    assert_eq!(code, 1);
    for part in ["my.toml", "line 2", "unknown field `lissen`", "spanstone config default"] {
        assert!(error.contains(part), "{part} in {error}");
    }

    let (code, _, error) = run(spanstone(["serve"]).env("SPANSTONE_LISTEN", "everywhere"));
    assert_eq!(code, 1);
    assert!(error.contains("SPANSTONE_LISTEN=`everywhere`") && error.contains("0.0.0.0:3000"), "{error}");

    let (code, _, error) = run(&mut spanstone(["serve", "--config", "/no/such/file.toml"]));
    assert_eq!(code, 1);
    assert!(error.contains("cannot read the configuration file /no/such/file.toml"), "{error}");
}

#[test]
fn half_a_langfuse_setup_is_a_warning() {
    let (code, text, _) = run(spanstone(["serve", "--check"]).env("LANGFUSE_INIT_PROJECT_ID", "p"));
    assert_eq!(code, 0);
    assert!(text.contains("warning: without LANGFUSE_INIT_ORG_ID"), "{text}");
}

#[test]
fn commands_on_a_directory_without_a_store_say_so_and_create_nothing() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let missing = dir.path().join("nothing");
    let (code, _, error) = run(spanstone(["verify", "--data-dir"]).arg(&missing));
    assert_eq!(code, 2, "{error}");
    assert!(error.contains("nothing"), "{error}");
    let (code, _, error) = run(spanstone(["stats", "--data-dir"]).arg(&missing));
    assert_eq!(code, 1, "{error}");
    assert!(error.contains("nothing"), "{error}");
    let (code, _, error) = run(spanstone(["keys", "list", "--data-dir"]).arg(&missing));
    assert_eq!(code, 1, "{error}");
    assert!(error.contains("there is no store in"), "{error}");
    assert!(!missing.exists());
}

#[test]
fn demo_and_healthcheck_say_what_they_miss() {
    let (code, _, error) = run(&mut spanstone(["demo"]));
    assert_eq!(code, 1);
    assert!(error.contains("LANGFUSE_PUBLIC_KEY") && error.contains("keys create"), "{error}");
    // Port 9 is that of the discard service; nothing listens there on a loopback.
    let (code, _, error) = run(&mut spanstone(["healthcheck", "--url", "http://127.0.0.1:9"]));
    assert_eq!(code, 1);
    assert!(error.contains("no server answers at http://127.0.0.1:9"), "{error}");
    let (code, _, error) = run(&mut spanstone(["demo", "--url", "https://traces.example.org"]));
    assert_eq!(code, 2);
    assert!(error.contains("https is not spoken here"), "{error}");
}

#[test]
fn the_description_of_the_api_is_printed() {
    let (code, document, _) = run(&mut spanstone(["openapi"]));
    assert_eq!(code, 0);
    assert!(document.starts_with('{') && document.contains("\"/api/public/v2/observations\""), "{document}");
}

#[test]
fn completions_exist_for_the_usual_shells() {
    for shell in ["bash", "zsh", "fish"] {
        let (code, script, _) = run(&mut spanstone(["completions", shell]));
        assert_eq!(code, 0);
        assert!(script.contains("healthcheck") && script.len() > 2_000, "{shell}");
    }
}
