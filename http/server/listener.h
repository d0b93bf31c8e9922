// SPDX-License-Identifier: GPL-3.0-or-later
//
// Accepts connections for one loop. When the process has no descriptor left, it pauses instead of spinning.
#pragma once

#include "base/files.h"
#include "http/server/asio.h"

namespace isolde::http {

class Loop;

class Listener {
  public:
    Listener(Loop& loop, base::UniqueFd socket);
    void start() { wait(); }
    void close();

  private:
    void wait();
    void accept_waiting();
    void admit(base::UniqueFd socket, std::string peer_address);
    void pause(int error_number);

    Loop& loop_;
    Descriptor socket_;
    Timer pause_;
};

}  // namespace isolde::http
