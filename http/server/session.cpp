// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/server/session.h"

#include "http/server/sockets.h"

#include <boost/asio/post.hpp>

namespace isolde::http {
namespace {

/// A client that still sends when we close would get RST and lose our answer: read on for that long, and that much.
constexpr auto kLinger = std::chrono::seconds(2);
constexpr std::uint64_t kLingerBytes = 4U << 20U;

Response status_only(int status) {
    return {.status = status, .ending = Ending::Close};
}

}  // namespace

Session::Session(Loop& loop, base::UniqueFd socket, std::string peer_address)
    : loop_(loop),
      socket_(loop.context(), socket.get()),
      transport_(loop.shared().tls ? loop.shared().tls->accept(socket.get()) : make_plain_transport(socket.get())),
      peer_address_(std::move(peer_address)),
      reader_(loop.limits()) {
    socket.release();
}

void Session::start(Place place) {
    place_ = place;
    if (!transport_) {
        close();
        return;
    }
    if (transport_->secure()) {
        deadline_ = loop_.now() + loop_.limits().handshake;
    } else {
        await_request(loop_.limits().header_deadline);
    }
    // What a client has to say first is seldom there already; Asio tells when it is.
    wait_for(Descriptor::wait_read);
}

void Session::drive() {
    driving_ = true;
    while (step() == Next::Again) {
    }
    driving_ = false;
}

Session::Next Session::step() {
    switch (phase_) {
        case Phase::Handshaking: return shake_hands();
        case Phase::Reading: return read_request();
        case Phase::Writing: return write_response();
        case Phase::Lingering: return discard();
        case Phase::Handling:
        case Phase::Closed: break;
    }
    return Next::Wait;
}

Session::Next Session::wait_for(Descriptor::wait_type readiness) {
    socket_.async_wait(readiness, [self = shared_from_this()](const SystemError& error) {
        if (!error) {
            self->drive();
        }
    });
    return Next::Wait;
}

Session::Next Session::yield() {
    asio::post(loop_.context(), [self = shared_from_this()] { self->drive(); });
    return Next::Wait;
}

Session::Next Session::close() {
    if (phase_ == Phase::Closed) {
        return Next::Wait;
    }
    phase_ = Phase::Closed;
    SystemError ignored;
    socket_.close(ignored);
    loop_.shared().cap.leave(peer_address_);
    --loop_.shared().counters.connections_open;
    writer_ = {};
    const auto self = shared_from_this();
    loop_.forget(*this);
    return Next::Wait;
}

Session::Next Session::reset() {
    if (phase_ != Phase::Closed) {
        reset_on_close(socket_.native_handle());
    }
    return close();
}

Session::Next Session::shake_hands() {
    switch (transport_->handshake().progress) {
        case Progress::Moved: await_request(loop_.limits().header_deadline); return Next::Again;
        case Progress::WantRead: return wait_for(Descriptor::wait_read);
        case Progress::WantWrite: return wait_for(Descriptor::wait_write);
        default: return close();
    }
}

void Session::await_request(base::Duration budget) {
    phase_ = Phase::Reading;
    deadline_ = loop_.now() + budget;
}

/// The clock of a header starts with its first byte (with the connection for the first header), that of a body with
/// the end of the header; neither is wound up again by further bytes.
void Session::note_progress_of_request(RequestReader::State before) {
    using State = RequestReader::State;
    const State after = reader_.state();
    if (after == State::Body && before != State::Body) {
        deadline_ = loop_.now() + loop_.limits().body_deadline;
    } else if (after == State::Header && before == State::Empty && serial_ > 0) {
        deadline_ = loop_.now() + loop_.limits().header_deadline;
    }
}

Session::Next Session::read_request() {
    const RequestReader::State before = reader_.state();
    const RequestReader::State after = reader_.advance();
    note_progress_of_request(before);
    switch (after) {
        case RequestReader::State::Complete: return call_handler();
        case RequestReader::State::Refused: return refuse_request();
        default: break;
    }
    if (reader_.take_expectation()) {
        send_continue();
    }
    return receive();
}

Session::Next Session::receive() {
    const TransferStep transfer = transport_->read(reader_.room());
    switch (transfer.progress) {
        case Progress::Moved: reader_.filled(transfer.bytes); return Next::Again;
        case Progress::WantRead: return wait_for(Descriptor::wait_read);
        case Progress::WantWrite: return wait_for(Descriptor::wait_write);
        default: return close();
    }
}

void Session::send_continue() {
    // A socket that does not take these bytes at once has other troubles; the client then goes on by itself.
    static_cast<void>(transport_->write("HTTP/1.1 100 Continue\r\n\r\n", false));
}

Session::Next Session::refuse_request() {
    ++serial_;
    return begin_response(status_only(reader_.refusal()));
}

Session::Next Session::call_handler() {
    ++loop_.shared().counters.requests;
    Request request = reader_.take();
    request.peer_address = peer_address_;
    request.secure = transport_->secure();
    phase_ = Phase::Handling;
    ++serial_;
    deadline_ = loop_.now() + loop_.limits().handler;
    loop_.shared().handler(request, make_responder());
    // An answer given meanwhile has changed the phase; any other comes by deliver().
    return Next::Again;
}

Responder Session::make_responder() {
    return Responder(
        [context = loop_.share_context(), session = weak_from_this(), serial = serial_](Response response) {
            const auto self = session.lock();
            if (self && context->get_executor().running_in_this_thread() && self->driving_) {
                return self->deliver(serial, std::move(response));
            }
            asio::post(*context, [session, serial, answer = std::move(response)]() mutable {
                if (const auto still_there = session.lock()) {
                    still_there->deliver(serial, std::move(answer));
                }
            });
        });
}

void Session::deliver(std::uint64_t serial, Response response) {
    if (phase_ != Phase::Handling || serial != serial_) {
        return;
    }
    if (begin_response(std::move(response)) == Next::Again && !driving_) {
        drive();
    }
}

Session::Next Session::begin_response(Response response) {
    if (response.ending == Ending::Reset) {
        return reset();
    }
    if (response.ending == Ending::Silent) {
        return close();
    }
    const RequestFacts& facts = reader_.facts();
    keep_alive_ = facts.keep_alive && response.ending == Ending::Normal && !loop_.draining() &&
                  !loop_.shared().options.close_each;
    RenderedResponse rendered = render_response(response, facts, loop_.date(), keep_alive_);
    writer_.start(std::move(rendered), std::move(response));
    phase_ = Phase::Writing;
    deadline_ = loop_.now() + loop_.limits().progress;
    return Next::Again;
}

Session::Next Session::write_response() {
    const ResponseWriter::Turn turn = writer_.pump(*transport_, loop_.scratch());
    if (turn.bytes > 0) {
        loop_.shared().counters.bytes_sent += turn.bytes;
        deadline_ = loop_.now() + loop_.limits().progress;
    }
    switch (turn.outcome) {
        case ResponseWriter::Outcome::Done: return response_done();
        case ResponseWriter::Outcome::Yield: return yield();
        case ResponseWriter::Outcome::WantRead: return wait_for(Descriptor::wait_read);
        case ResponseWriter::Outcome::WantWrite: return wait_for(Descriptor::wait_write);
        case ResponseWriter::Outcome::Truncated:
            loop_.shared().log.error("http.body.truncated", {{"peer", peer_address_}});
            return reset();
        case ResponseWriter::Outcome::Failed: break;
    }
    return reset();
}

Session::Next Session::response_done() {
    if (!keep_alive_) {
        transport_->finish();
        phase_ = Phase::Lingering;
        deadline_ = loop_.now() + kLinger;
        return Next::Again;
    }
    await_request(loop_.limits().idle);
    if (reader_.advance() != RequestReader::State::Empty) {
        note_progress_of_request(RequestReader::State::Empty);
        return Next::Again;
    }
    if (loop_.draining()) {
        return close();
    }
    // TLS may hold decrypted bytes that make no socket readable; a plain socket is asked by Asio alone.
    return transport_->secure() ? Next::Again : wait_for(Descriptor::wait_read);
}

Session::Next Session::discard() {
    while (discarded_ < kLingerBytes) {
        const TransferStep transfer = transport_->read(loop_.scratch());
        if (transfer.progress == Progress::WantRead) {
            return wait_for(Descriptor::wait_read);
        }
        if (transfer.progress != Progress::Moved) {
            break;
        }
        discarded_ += transfer.bytes;
    }
    return close();
}

void Session::expire() {
    ++loop_.shared().counters.timeouts;
    switch (phase_) {
        case Phase::Handling: deliver(serial_, status_only(503)); break;
        case Phase::Writing: reset(); break;
        default: close(); break;
    }
}

void Session::close_if_idle() {
    if (phase_ == Phase::Handshaking || (phase_ == Phase::Reading && reader_.state() == RequestReader::State::Empty)) {
        close();
    }
}

void Session::cut() {
    phase_ == Phase::Writing || phase_ == Phase::Handling ? reset() : close();
}

}  // namespace isolde::http
