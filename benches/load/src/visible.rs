//! Mode `visible`: how long after its acknowledgement an observation can be read.

use std::io::Write;
use std::time::Instant;

use crate::connection::Connection;
use crate::figures::{Figures, Samples, float};
use crate::flags::Flags;
use crate::target::Target;
use crate::{Failure, batch};

pub(crate) fn run(flags: &mut Flags, out: &mut dyn Write) -> Result<Figures, Failure> {
    let target = Target::take(flags)?;
    let rounds: u32 = flags.take("rounds")?.unwrap_or(200);
    flags.finish()?;
    let mut connection = Connection::open(&target.address)?;
    let (mut acknowledged, mut visible) = (Samples::default(), Samples::default());
    let mut repeats = 0;
    let run = Instant::now();
    let tag = std::process::id();
    for round in 0..rounds {
        let id = format!("visible-{tag}-{round}");
        let sent = Instant::now();
        let status = connection.exchange(&post(&target, &id))?;
        if status != 207 {
            return Err(format!("{status} {}", String::from_utf8_lossy(&connection.body)).into());
        }
        let answered = Instant::now();
        acknowledged.add(answered - sent);
        let get =
            format!("GET /api/public/observations/{id} HTTP/1.1\r\nHost: localhost\r\n{}\r\n", target.authorization);
        while connection.exchange(get.as_bytes())? != 200 {
            repeats += 1;
            if answered.elapsed().as_secs() > 30 {
                return Err(format!("observation `{id}` cannot be read after 30 s").into());
            }
        }
        visible.add(answered.elapsed());
    }
    let [ack, p50, p99] = [acknowledged.quantile_ms(500), visible.quantile_ms(500), visible.quantile_ms(990)];
    writeln!(
        out,
        "{rounds} observations in {:.1} s: acknowledged in p50 {ack:.2} ms, read in p50 {p50:.2} ms and p99 {p99:.2} ms \
         after that, {repeats} reads came too early",
        run.elapsed().as_secs_f64()
    )?;
    let mut figures = Figures::default();
    figures.add("ack_p50_ms", ack);
    figures.add("visible_p50_ms", p50);
    figures.add("visible_p99_ms", p99);
    figures.add("early_reads", float(repeats));
    Ok(figures)
}

fn post(target: &Target, id: &str) -> Vec<u8> {
    let time = batch::iso(1_795_305_600_000);
    let body = format!(
        r#"{{"batch":[{{"id":"e-{id}","type":"span-create","timestamp":"{time}","body":{{"id":"{id}","traceId":"t-{id}","name":"visible","startTime":"{time}","input":"now you see me"}}}}]}}"#
    );
    format!(
        "POST /api/public/ingestion HTTP/1.1\r\nHost: localhost\r\n{}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        target.authorization,
        body.len()
    )
    .into_bytes()
}
