//! A saved session comes back as it was.
use podground::session::{Lang, Options, Session};

fn run(session: &Session, milliseconds: u64) {
    for _ in 0..milliseconds / 16 {
        session.advance(16, 20_000);
    }
}

#[test]
fn a_lesson_half_done_is_restored_with_its_cluster_and_answers() {
    let options = Options { seed: 7, lesson: Some("first-pod".into()), unix_time_at_start: 1_795_219_200, ..Options::default() };
    let session = Session::new(options);
    let terminal = session.open_terminal();
    session.terminal_resize(terminal, 90, 20);
    run(&session, 300);
    session.type_command(terminal, "kubectl run kubia --image=luksa/kubia --port=8080");
    run(&session, 15_000);
    session.lesson_next();
    for letter in "kubectl get pods\r".bytes() {
        session.terminal_input(terminal, &[letter]);
        run(&session, 32);
    }
    session.lesson_answer("ready", "One container of one in the pod is ready");
    run(&session, 2_000);
    session.terminal_input(terminal, b"\x0c");
    session.type_command(terminal, "kubectl get pod kubia -o jsonpath='>{.spec.nodeName}<'");
    run(&session, 2_000);
    let restored = Session::restore(&session.save()).expect("a save of our own");
    assert_eq!(restored.digest(), session.digest());
    assert_eq!(restored.now_ms(), session.now_ms());
    assert_eq!(restored.lesson(Lang::En), session.lesson(Lang::En));
}
