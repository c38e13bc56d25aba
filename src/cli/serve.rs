//! `spanstone serve`: opens the store, sees to the first start, and serves until told to stop.

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use spanstone_engine::{Counting, Engine, Setup};
use spanstone_model::ProjectId;
use spanstone_server::{Listening, ServeError, Settings};

use super::Failure;
use super::welcome::Welcome;
use crate::config::init::{Keys, Named, NamedUser, Provision};
use crate::config::{self, Config, Environment, Listen, Options};
use crate::telemetry;

/// How many open files are enough: sealed ones, two for each project and week and sometimes a few more, and connections.
/// What the system allows may be less.
const FILES_MAX: u64 = 65_536;

/// Receive, keep and show traces
///
/// Without any configuration it creates ./spanstone-data with a project, a pair of API keys and a user, prints them
/// once together with what to paste into an application's environment, and listens on 127.0.0.1:3000. Langfuse's
/// variables LANGFUSE_INIT_* are understood, so that a compose file can be switched over by changing the image.
///
/// Each option can also be given in the environment or in a file; a flag wins over the environment, the
/// environment over the file. `spanstone config show` prints what is in effect.
///
/// Examples:
///   spanstone serve
///   spanstone serve --data-dir /var/lib/spanstone --listen 0.0.0.0:3000
///   spanstone serve --config /etc/spanstone.toml --check
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Arguments {
    #[command(flatten)]
    options: Options,

    /// Only check the configuration, then exit: code 0 if it is sound
    #[arg(long)]
    check: bool,
}

pub(crate) fn run(arguments: &Arguments, environment: &Environment, out: &mut dyn Write) -> Result<ExitCode, Failure> {
    let config = config::load(&arguments.options, environment)?;
    let (provision, warnings) = config.init.provision();
    if arguments.check {
        for warning in &warnings {
            writeln!(out, "warning: {warning}")?;
        }
        writeln!(out, "The configuration is sound.")?;
        return Ok(ExitCode::SUCCESS);
    }
    telemetry::start(&config.log.value, config.log_format.value);
    for warning in &warnings {
        tracing::warn!("{warning}");
    }
    if let Err(error) = rlimit::increase_nofile_limit(FILES_MAX) {
        tracing::warn!(%error, "the limit of open files could not be raised; each sealed file takes one, each connection another");
    }
    serve(&config, provision, out)?;
    Ok(ExitCode::SUCCESS)
}

fn serve(config: &Config, provision: Provision, out: &mut dyn Write) -> Result<(), Failure> {
    let engine = Arc::new(Engine::open(spanstone_engine::Options {
        data_dir: config.data_dir.value.clone(),
        limits: config.limits(),
        retention: config.kept(),
        extract_media: config.extract_media.value,
        clock: spanstone_engine::system_clock,
    })?);
    let is_key_chosen = provision.keys.is_some();
    let report = engine.set_up(setup(provision))?;
    warn_of_rules_for_nothing(config, &engine);
    let program = std::env::args().next().unwrap_or_else(|| "spanstone".to_owned());
    let mut greet = |listening: Listening, is_listening: bool| {
        let url = match &config.public_url.value {
            Some(url) => url.to_string(),
            None => Listen(listening.http).local_url(),
        };
        let grpc_url = listening.grpc.map(|address| Listen(address).local_url());
        let data_dir = config.data_dir.value.display().to_string();
        let welcome = Welcome {
            url: &url,
            grpc_url: grpc_url.as_deref(),
            data_dir: &data_dir,
            program: &program,
            report: &report,
            is_key_chosen,
            is_listening,
        };
        welcome.write(out)
    };
    let Listen(listen) = config.listen.value;
    let settings = Settings {
        listen,
        grpc_listen: config.grpc_listen.value.map(|Listen(address)| address),
        workers: None,
        web_root: config.web_root.value.clone(),
        public_url: config.public_url.value.as_ref().map(ToString::to_string),
        secure_cookies: false,
    };
    let mut greeted = None;
    let counting = Counting::start(&engine);
    if let Err(error) = &counting {
        tracing::warn!(%error, "tokens are not counted: there can be no thread for it");
    }
    let served = spanstone_server::run(engine.clone(), settings, |listening| greeted = Some(greet(listening, true)));
    // It holds on to the engine.
    drop(counting);
    if let Some(engine) = Arc::into_inner(engine) {
        engine.close();
    }
    match greeted {
        // Whoever reads our words went away; the server has served all the same.
        Some(Err(error)) => tracing::warn!("the first words could not be printed: {error}"),
        Some(Ok(())) => {}
        // It never listened. What was created is there nevertheless, and its secrets are shown only now.
        None => greet(Listening { http: listen, grpc: None }, false)?,
    }
    served.map_err(|error| Failure::Said(explain(&error)))
}

/// Rules of retention for projects that there are not are most likely misspelt.
fn warn_of_rules_for_nothing(config: &Config, engine: &Engine) {
    for id in config.retention.projects.value.keys() {
        if engine.project(&ProjectId::from_wire(id)).is_none() {
            tracing::warn!("retention.projects: there is no project `{id}`; its rule concerns nothing");
        }
    }
}

fn setup(provision: Provision) -> Setup {
    let Provision { organization, project, keys, user } = provision;
    let (organization_id, organization_name) = organization.map(|Named { id, name }| (id, name)).unzip();
    let (project_id, project_name) = project.map(|Named { id, name }| (id, name)).unzip();
    let (public_key, secret_key) = keys.map(|Keys { public, secret }| (public, secret)).unzip();
    let mut setup = Setup {
        organization_id,
        organization_name,
        project_id,
        project_name,
        public_key,
        secret_key,
        ..Setup::default()
    };
    if let Some(NamedUser { email, name, password }) = user {
        setup.user_email = Some(email);
        setup.user_name = Some(name);
        setup.user_password = Some(password);
    }
    setup
}

/// What to do about a listener that could not be had.
fn explain(error: &ServeError) -> String {
    let ServeError::Listen { address: listen, is_grpc, source } = error else { return error.to_string() };
    let option = if *is_grpc { "--grpc-listen" } else { "--listen" };
    let hint = match source.kind() {
        io::ErrorKind::AddrInUse => format!(
            "\nSomething listens on port {} already: another Spanstone, a Langfuse? Stop it, or choose another \
             address, for instance {option} {}:{}",
            listen.port(),
            listen.ip(),
            listen.port().wrapping_add(1)
        ),
        io::ErrorKind::AddrNotAvailable => {
            "\nThis machine does not have that address. 127.0.0.1 is for this machine alone, 0.0.0.0 for every interface."
                .to_owned()
        }
        io::ErrorKind::PermissionDenied => {
            format!("\nPorts below 1024 need a privilege; choose a higher one with {option}.")
        }
        _ => String::new(),
    };
    format!("{error}{hint}")
}
