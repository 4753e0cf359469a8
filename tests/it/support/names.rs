//! A name server that answers some names itself and passes the others on.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::Duration;

use hickory_resolver::proto::op::{Message, ResponseCode};
use hickory_resolver::proto::rr::rdata::A;
use hickory_resolver::proto::rr::{RData, Record, RecordType};

/// Starts it on a free port; it serves as long as the process lives.
pub fn serve(own: BTreeMap<String, Ipv4Addr>, others: Option<SocketAddr>) -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
    let at = socket.local_addr().expect("bound");
    let (socket, own) = (Arc::new(socket), Arc::new(own));
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok((length, from)) = socket.recv_from(&mut buffer) {
            let query = buffer[..length].to_vec();
            let (socket, own) = (socket.clone(), own.clone());
            std::thread::spawn(move || {
                if let Some(reply) = answer(&query, &own).or_else(|| pass_on(&query, others?)) {
                    let _ = socket.send_to(&reply, from);
                }
            });
        }
    });
    at
}

fn answer(query: &[u8], own: &BTreeMap<String, Ipv4Addr>) -> Option<Vec<u8>> {
    let query = Message::from_vec(query).ok()?;
    let asked = query.queries.first()?.clone();
    let name = asked.name.to_ascii().trim_end_matches('.').to_ascii_lowercase();
    let address = own.get(name.as_str())?;
    let mut reply = Message::response(query.metadata.id, query.metadata.op_code);
    reply.metadata.response_code = ResponseCode::NoError;
    reply.metadata.recursion_available = true;
    reply.add_query(asked.clone());
    if asked.query_type() == RecordType::A {
        reply.add_answer(Record::from_rdata(asked.name.clone(), 0, RData::A(A(*address))));
    }
    reply.to_vec().ok()
}

fn pass_on(query: &[u8], to: SocketAddr) -> Option<Vec<u8>> {
    let socket = UdpSocket::bind((IpAddr::from(Ipv4Addr::LOCALHOST), 0)).ok()?;
    socket.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    socket.send_to(query, to).ok()?;
    let mut buffer = vec![0; 4096];
    let length = socket.recv(&mut buffer).ok()?;
    buffer.truncate(length);
    Some(buffer)
}
