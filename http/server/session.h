// SPDX-License-Identifier: GPL-3.0-or-later
//
// One connection: handshake, then request, answer, response, again and again. A state machine: each step does what it
// can without blocking and either goes on or waits for the socket or for the handler's answer. Every phase has an
// absolute deadline, which the loop's sweep enforces.
#pragma once

#include "base/files.h"
#include "http/server/asio.h"
#include "http/server/loop.h"
#include "http/server/request_reader.h"
#include "http/server/response_writer.h"
#include "http/server/transport.h"

#include <cstdint>
#include <list>
#include <memory>
#include <string>

namespace isolde::http {

class Session final : public std::enable_shared_from_this<Session> {
  public:
    using Place = std::list<std::shared_ptr<Session>>::iterator;

    Session(Loop& loop, base::UniqueFd socket, std::string peer_address);

    /// `place`: where the loop keeps it.
    void start(Place place);
    Place place() const { return place_; }

    base::SteadyTime deadline() const { return deadline_; }
    /// Its deadline has passed.
    void expire();
    /// The server stops: goes at once when no request has begun.
    void close_if_idle();
    /// The server has stopped: goes at once. An unfinished response ends with RST.
    void cut();
    /// The handler's answer to request number `serial`; ignored when that one was answered already.
    void deliver(std::uint64_t serial, Response response);

  private:
    enum class Phase { Handshaking, Reading, Handling, Writing, Lingering, Closed };
    enum class Next { Again, Wait };

    void drive();
    Next step();
    Next shake_hands();
    Next read_request();
    Next receive();
    Next call_handler();
    Next refuse_request();
    Next begin_response(Response response);
    Next write_response();
    Next response_done();
    Next discard();
    Next wait_for(Descriptor::wait_type readiness);
    Next yield();
    Next reset();
    Next close();

    void await_request(base::Duration budget);
    void note_progress_of_request(RequestReader::State before);
    void send_continue();
    Responder make_responder();

    Loop& loop_;
    Descriptor socket_;
    std::unique_ptr<Transport> transport_;
    std::string peer_address_;
    Place place_{};
    Phase phase_ = Phase::Handshaking;
    bool driving_ = false;
    bool keep_alive_ = true;
    base::SteadyTime deadline_{};
    std::uint64_t serial_ = 0;     ///< of the request that is being answered
    std::uint64_t discarded_ = 0;  ///< bytes read and dropped while lingering
    RequestReader reader_;
    ResponseWriter writer_;
};

}  // namespace isolde::http
