use clarlint::{builtins::ClarityVersion, facts, graph::Program, project::*, source::*, syntax};
fn main() {
    let mut project = Project::default();
    let args: Vec<String> = std::env::args().skip(1).collect();
    let mut only = None;
    for a in &args {
        if let Some(f) = a.strip_prefix("@") {
            only = Some(f.to_string());
            continue;
        }
        let bytes = std::fs::read(a).unwrap();
        let syntax = syntax::parse(bytes, 68);
        for e in &syntax.errors {
            println!("{a}: {e:?}");
        }
        let name = std::path::Path::new(a).file_stem().unwrap().to_str().unwrap().to_string();
        let file = FileId(project.files.len() as u32);
        project.files.push(SourceFile::new(a.clone(), syntax.tree.text().clone()));
        project.contracts.push(Contract {
            name,
            issuer: None,
            file,
            version: ClarityVersion::new(4).unwrap(),
            linted: true,
            syntax,
        });
    }
    let t = std::time::Instant::now();
    let program = Program::link(&project);
    for b in &program.broken {
        println!("{:?} {:?}", b.fault, program.node(b.site));
    }
    println!("{:?} unresolved {}", program.deploy_order().1, program.unresolved_calls.len());
    let t1 = t.elapsed();
    let mut engine = facts::Engine::new(&program);
    eprintln!("link {t1:?} facts {:?} terms {}", t.elapsed(), engine.terms.len());
    for f in program.entrypoints().collect::<Vec<_>>() {
        if only.as_ref().is_none_or(|o| program.path(f).contains(o.as_str())) {
            println!("{}", facts::why(&mut engine, f));
        }
    }
}
