//! Projects, keys and users.

use spanstone_engine::{Access, AuthError, Credential, Setup};

use super::open;

#[test]
fn an_empty_store_gets_a_project_a_key_and_a_user_once() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let engine = open(dir.path());
    let report = engine.set_up(Setup::default()).expect("nothing is in the way");
    let key = report.created_key.expect("there was none");
    let user = report.created_user.expect("there was none");
    let password = user.generated_password.expect("nobody chose one");
    let again = engine.set_up(Setup::default()).expect("nothing is in the way");
    assert_eq!((again.created_key, again.created_user), (None, None));
    assert_eq!(again.project, report.project);
    engine.close();

    let engine = open(dir.path());
    let principal =
        engine.authenticate(Credential::Secret { public: "anything", secret: &key.secret }).expect("it is the secret");
    assert_eq!((principal.project, principal.access), (report.project.id.clone(), Access::Project));
    let browser = engine.authenticate(Credential::Public(&key.public)).expect("it is the public key");
    assert_eq!(browser.access, Access::ScoresOnly);
    assert_eq!(
        engine.authenticate(Credential::Secret { public: &key.public, secret: "wrong" }),
        Err(AuthError::WrongSecret)
    );
    assert_eq!(engine.authenticate(Credential::Public("wrong")), Err(AuthError::UnknownPublicKey));

    let token = engine.sign_in(&user.email.to_uppercase(), &password).expect("it is the password");
    assert_eq!(engine.session(token.as_str()).map(|user| user.email), Some(user.email.clone()));
    assert_eq!(engine.session(&format!("{}x", token.as_str())), None);
    assert_eq!(engine.session("1.2.3"), None);
    assert!(engine.sign_in(&user.email, "wrong").is_err());
}

#[test]
fn what_a_setup_names_is_created_when_it_is_missing_and_never_changed() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let engine = open(dir.path());
    let setup = Setup {
        project_id: Some("home".into()),
        project_name: Some("Home".into()),
        public_key: Some("pk-1".into()),
        secret_key: Some("sk-1".into()),
        user_email: Some("Ada@Example.org".into()),
        user_password: Some("open sesame".into()),
        ..Setup::default()
    };
    let report = engine.set_up(setup.clone()).expect("nothing is in the way");
    assert_eq!(
        report.created_user.map(|user| (user.email, user.generated_password)),
        Some(("Ada@Example.org".into(), None))
    );
    let renamed = Setup { project_name: Some("Other".into()), user_password: Some("other".into()), ..setup };
    let again = engine.set_up(renamed).expect("nothing is in the way");
    assert_eq!((again.project.name.as_str(), again.created_key, again.created_user), ("Home", None, None));
    assert!(engine.sign_in("ada@example.org", "open sesame").is_ok());
    let half = Setup { public_key: Some("pk-2".into()), ..Setup::default() };
    assert!(engine.set_up(half).is_err());
}

#[test]
fn a_revoked_key_lets_nobody_in() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let engine = open(dir.path());
    let project = engine.set_up(Setup::default()).expect("nothing is in the way").project.id;
    let key = engine.create_key(&project, Some("ci".into())).expect("the project is there");
    assert_eq!(engine.keys().len(), 2);
    assert!(engine.authenticate(Credential::Secret { public: &key.public, secret: &key.secret }).is_ok());
    assert!(engine.revoke_key(&key.public).expect("it can be written"));
    assert!(!engine.revoke_key(&key.public).expect("it can be written"));
    assert!(engine.authenticate(Credential::Secret { public: &key.public, secret: &key.secret }).is_err());
    let first = engine.keys()[0].public.clone();
    assert!(engine.revoke_key(&first).expect("it can be written"));
    engine.close();
    let engine = open(dir.path());
    assert_eq!(engine.set_up(Setup::default()).expect("nothing is in the way").created_key, None);
    assert_eq!(engine.keys().len(), 0);
}
