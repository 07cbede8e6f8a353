use super::owner;
use super::tool::Tool;

pub(super) async fn run(t: Tool) -> i32 {
    let long = [("user", 'u'), ("group", 'g'), ("groups", 'G'), ("name", 'n'), ("real", 'r'), ("zero", 'z')];
    let options = match t.options("ugGnrz", &long, 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    if (options.has('z') || options.has('n') || options.has('r'))
        && !(options.has('u') || options.has('g') || options.has('G') || t.busybox())
    {
        let what = if options.has('z') {
            "option --zero not permitted in default format"
        } else {
            "cannot print only names or real IDs in default format"
        };
        t.complain(what).await;
        return 1;
    }
    let who = t.who();
    let (uid, gid) = match options.operands.first() {
        None => (who.uid, who.gid),
        Some(name) => match owner::find_user(&t, name) {
            Some(found) => found,
            None => {
                let message = if t.busybox() { format!("unknown user {name}") } else { format!("{}: no such user", t.quote(name)) };
                t.complain(&message).await;
                return 1;
            }
        },
    };
    let user = owner::user(&t, uid);
    let mut groups = vec![gid];
    groups.extend(owner::more_groups(&t, &user).into_iter().filter(|g| *g != gid));
    let name = options.has('n');
    let text = if options.has('u') {
        if name { user } else { uid.to_string() }
    } else if options.has('g') {
        if name { owner::group(&t, gid) } else { gid.to_string() }
    } else if options.has('G') || t.name == "groups" {
        let shown = groups.iter().map(|g| if name || t.name == "groups" { owner::group(&t, *g) } else { g.to_string() });
        shown.collect::<Vec<_>>().join(if options.has('z') { "\0" } else { " " })
    } else {
        let label = |id: u32, name: Option<String>| name.map_or(id.to_string(), |n| format!("{id}({n})"));
        let group = |g: u32| Some(owner::group(&t, g)).filter(|n| *n != g.to_string());
        let list: Vec<String> = groups.iter().map(|g| label(*g, group(*g))).collect();
        format!("uid={} gid={} groups={}", label(uid, owner::user_name(&t, uid)), label(gid, group(gid)), list.join(","))
    };
    i32::from(!t.out(format!("{text}{}", if options.has('z') { '\0' } else { '\n' })).await)
}
