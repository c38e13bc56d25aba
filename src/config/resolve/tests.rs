//! The order of precedence, for every option and every pair of sources.

use super::*;

/// One option with four different values, one per source, as its row in `config show` prints them.
struct Case {
    name: &'static str,
    flag: fn(&mut Options),
    flag_value: &'static str,
    variable: (&'static str, &'static str),
    file: &'static str,
    file_value: &'static str,
    default: &'static str,
}

const CASES: [Case; 15] = [
    Case {
        name: "data_dir",
        flag: |options| options.data_dir = Some("/flag".into()),
        flag_value: "/flag",
        variable: ("SPANSTONE_DATA_DIR", "/variable"),
        file: "data_dir = '/file'",
        file_value: "/file",
        default: "./spanstone-data",
    },
    Case {
        name: "listen",
        flag: |options| options.listen = "1.1.1.1:1".parse().ok(),
        flag_value: "1.1.1.1:1",
        variable: ("SPANSTONE_LISTEN", "2.2.2.2:2"),
        file: "listen = '3.3.3.3:3'",
        file_value: "3.3.3.3:3",
        default: "127.0.0.1:3000",
    },
    Case {
        name: "grpc_listen",
        flag: |options| options.grpc_listen = "1.1.1.1:1".parse().ok(),
        flag_value: "1.1.1.1:1",
        variable: ("SPANSTONE_GRPC_LISTEN", "2.2.2.2:2"),
        file: "grpc_listen = '3.3.3.3:3'",
        file_value: "3.3.3.3:3",
        default: "(off)",
    },
    Case {
        name: "public_url",
        flag: |options| options.public_url = "http://flag".parse().ok(),
        flag_value: "http://flag",
        variable: ("SPANSTONE_PUBLIC_URL", "https://variable"),
        file: "public_url = 'https://file/'",
        file_value: "https://file",
        default: "(that of the listener)",
    },
    Case {
        name: "extract_media",
        flag: |options| options.extract_media = Some(true),
        flag_value: "true",
        variable: ("SPANSTONE_EXTRACT_MEDIA", "false"),
        file: "extract_media = true",
        file_value: "true",
        default: "false",
    },
    Case {
        name: "web_root",
        flag: |options| options.web_root = Some("/flag".into()),
        flag_value: "/flag",
        variable: ("SPANSTONE_WEB_ROOT", "/variable"),
        file: "web_root = '/file'",
        file_value: "/file",
        default: "(embedded)",
    },
    Case {
        name: "log.filter",
        flag: |options| options.log = "error".parse().ok(),
        flag_value: "error",
        variable: ("SPANSTONE_LOG", "warn"),
        file: "log.filter = 'debug'",
        file_value: "debug",
        default: "info,actix_server=warn",
    },
    Case {
        name: "log.format",
        flag: |options| options.log_format = Some(LogFormat::Json),
        flag_value: "json",
        // Two values cannot tell four sources apart; the origin does.
        variable: ("SPANSTONE_LOG_FORMAT", "json"),
        file: "log.format = 'json'",
        file_value: "json",
        default: "text",
    },
    Case {
        name: "limits.batch_body_bytes",
        flag: |options| options.batch_body_bytes = Some(Size(1)),
        flag_value: "1 B",
        variable: ("SPANSTONE_BATCH_BODY_BYTES", "2 B"),
        file: "limits.batch_body_bytes = '3'",
        file_value: "3 B",
        default: "4500 kB",
    },
    Case {
        name: "limits.otlp_body_bytes",
        flag: |options| options.otlp_body_bytes = Some(Size(1)),
        flag_value: "1 B",
        variable: ("SPANSTONE_OTLP_BODY_BYTES", "2 B"),
        file: "limits.otlp_body_bytes = '3'",
        file_value: "3 B",
        default: "64 MiB",
    },
    Case {
        name: "limits.inflight_body_bytes",
        flag: |options| options.inflight_body_bytes = Some(Size(1)),
        flag_value: "1 B",
        variable: ("SPANSTONE_INFLIGHT_BODY_BYTES", "2 B"),
        file: "limits.inflight_body_bytes = '3'",
        file_value: "3 B",
        default: "128 MiB",
    },
    Case {
        name: "limits.payload_cache_bytes",
        flag: |options| options.payload_cache_bytes = Some(Size(1)),
        flag_value: "1 B",
        variable: ("SPANSTONE_PAYLOAD_CACHE_BYTES", "2 B"),
        file: "limits.payload_cache_bytes = '3'",
        file_value: "3 B",
        default: "16 MiB",
    },
    Case {
        name: "limits.hot_bytes",
        flag: |options| options.hot_bytes = "9 MiB".parse().ok(),
        flag_value: "9 MiB",
        variable: ("SPANSTONE_HOT_BYTES", "10 MiB"),
        file: "limits.hot_bytes = '11 MiB'",
        file_value: "11 MiB",
        default: "64 MiB",
    },
    Case {
        name: "retention.days",
        flag: |options| options.retention_days = "1".parse().ok(),
        flag_value: "1",
        variable: ("SPANSTONE_RETENTION_DAYS", "2"),
        file: "retention.days = 3",
        file_value: "3",
        default: "(for ever)",
    },
    Case {
        name: "retention.bytes",
        flag: |options| options.retention_bytes = "17 MiB".parse().ok(),
        flag_value: "17 MiB",
        variable: ("SPANSTONE_RETENTION_BYTES", "18 MiB"),
        file: "retention.bytes = '19 MiB'",
        file_value: "19 MiB",
        default: "(unbounded)",
    },
];

/// What the file alone can say.
const FILE_ONLY: [&str; 1] = ["retention.projects"];

fn row(config: &Config, name: &str) -> (String, Origin) {
    let rows = config.rows();
    let (_, value, origin) = rows.iter().find(|(row, _, _)| *row == name).expect("every case names a row");
    (value.clone(), (*origin).clone())
}

fn resolved(options: &Options, environment: &Environment, file: Option<&str>) -> Config {
    let file = file.map(|text| File::parse(text).expect("the file fits"));
    let path = Path::new("spanstone.toml");
    resolve(options, environment, file.as_ref().map(|file| (file, path))).expect("the sources fit")
}

#[test]
fn of_any_set_of_sources_the_strongest_wins() {
    for case in CASES {
        for sources in 0..8 {
            let (flag, variable, file) = (sources & 1 != 0, sources & 2 != 0, sources & 4 != 0);
            let mut options = Options::default();
            if flag {
                (case.flag)(&mut options);
            }
            let environment = if variable { Environment::from([case.variable]) } else { Environment::default() };
            let (value, origin) = row(&resolved(&options, &environment, file.then_some(case.file)), case.name);
            let (expected, from) = match (flag, variable, file) {
                (true, _, _) => (case.flag_value, "flag --"),
                (_, true, _) => (case.variable.1, "environment SPANSTONE_"),
                (_, _, true) => (case.file_value, "file spanstone.toml"),
                _ => (case.default, "default"),
            };
            assert_eq!(value, expected, "{} from sources {sources:03b}", case.name);
            assert!(origin.to_string().starts_with(from), "{}: {origin}", case.name);
        }
    }
}

#[test]
fn every_option_outside_init_is_a_case_or_of_the_file_alone() {
    let config = resolved(&Options::default(), &Environment::default(), None);
    let rows = config.rows();
    let names: Vec<&str> = rows.iter().map(|(name, _, _)| *name).filter(|name| !name.starts_with("init.")).collect();
    assert_eq!(names, [CASES.map(|case| case.name).as_slice(), &FILE_ONLY].concat());
}

#[test]
fn an_empty_variable_is_not_set() {
    let environment = Environment::from([("SPANSTONE_LISTEN", ""), ("PORT", "")]);
    let config = resolved(&Options::default(), &environment, None);
    assert_eq!(row(&config, "listen"), ("127.0.0.1:3000".to_owned(), Origin::Default));
}

#[test]
fn a_variable_that_does_not_fit_is_named_with_its_value() {
    for (name, value) in [
        ("SPANSTONE_LISTEN", "3000"),
        ("SPANSTONE_GRPC_LISTEN", "4317"),
        ("PORT", "http"),
        ("SPANSTONE_OTLP_BODY_BYTES", "big"),
        ("SPANSTONE_HOT_BYTES", "4 MiB"),
        ("SPANSTONE_RETENTION_DAYS", "0"),
    ] {
        let error = resolve(&Options::default(), &Environment::from([(name, value)]), None)
            .expect_err("it does not fit")
            .to_string();
        assert!(error.starts_with(&format!("the environment variable {name}=`{value}`")), "{error}");
    }
}

#[test]
fn langfuse_s_hostname_and_port_come_after_our_variable_and_before_the_file() {
    let listen = |environment, file| row(&resolved(&Options::default(), &environment, file), "listen").0;
    let both = || [("HOSTNAME", "0.0.0.0"), ("PORT", "80")];
    assert_eq!(listen(Environment::from(both()), None), "0.0.0.0:80");
    assert_eq!(listen(Environment::from(both()), Some("listen = '1.1.1.1:1'")), "0.0.0.0:80");
    assert_eq!(listen(Environment::from([("PORT", "80")]), Some("listen = '1.1.1.1:1'")), "1.1.1.1:80");
    assert_eq!(listen(Environment::from([("HOSTNAME", "3f2a9c")]), None), "127.0.0.1:3000");
    let [hostname, port] = both();
    assert_eq!(listen(Environment::from([hostname, port, ("SPANSTONE_LISTEN", "2.2.2.2:2")]), None), "2.2.2.2:2");
}

#[test]
fn our_init_variables_win_over_langfuse_s_and_both_over_the_file() {
    let project = |environment, file| row(&resolved(&Options::default(), &environment, file), "init.project_id");
    let file = Some("init.project_id = 'file'");
    let langfuse = ("LANGFUSE_INIT_PROJECT_ID", "langfuse");
    let own = ("SPANSTONE_INIT_PROJECT_ID", "own");
    assert_eq!(project(Environment::from([langfuse, own]), file).0, "own");
    assert_eq!(project(Environment::from([langfuse]), file).0, "langfuse");
    assert_eq!(project(Environment::default(), file).0, "file");
    assert_eq!(project(Environment::default(), None).0, "(not set)");
}

#[test]
fn secrets_are_never_shown() {
    let environment = Environment::from([
        ("LANGFUSE_INIT_PROJECT_SECRET_KEY", "sk-lf-hush"),
        ("LANGFUSE_INIT_USER_PASSWORD", "hushhush"),
    ]);
    let config = resolved(&Options::default(), &environment, None);
    assert!(config.rows().iter().all(|(_, value, _)| !value.contains("hush")));
}

#[test]
fn the_default_file_says_what_the_defaults_are() {
    let silent = resolved(&Options::default(), &Environment::default(), Some(super::super::DEFAULT_FILE));
    for (name, _, origin) in silent.rows() {
        assert_eq!(*origin, Origin::Default, "{name} is off in the default file");
    }
    let spoken: String = super::super::DEFAULT_FILE
        .lines()
        .map(|line| match line.strip_prefix('#') {
            Some(setting) if setting.starts_with(|c: char| c.is_ascii_lowercase()) => setting,
            _ => line,
        })
        .fold(String::new(), |text, line| text + line + "\n");
    let spoken = resolved(&Options::default(), &Environment::default(), Some(&spoken));
    for (name, value, origin) in spoken.rows() {
        assert!(matches!(origin, Origin::File(_)), "{name} is missing from the default file");
        let is_unset = |section| name.starts_with(section);
        let example = ["init.", "retention.", "grpc_listen", "public_url", "web_root"].into_iter().any(is_unset);
        assert!(example || value == row(&silent, name).0, "{name} = {value}");
    }
}
