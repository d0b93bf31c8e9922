// SPDX-License-Identifier: GPL-3.0-or-later
//
// nginx on a free loopback port, serving one directory, and what it was asked for.
#pragma once

#include "base/files.h"
#include "base/process.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <chrono>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace isolde::emulator::testing {

class WebServer {
  public:
    /// `accept_ranges`: also on 206, as readers in BMCs want it.
    static base::Result<WebServer> start(const std::string& root, bool accept_ranges) {
        auto scratch = TRY(base::TemporaryDirectory::create("isolde-web"));
        const std::string port = std::to_string(free_port());
        std::ofstream(scratch.path() + "/nginx.conf")
            << "daemon off; master_process off; user root; pid " << scratch.path() << "/pid; events {}\n"
            << "http { log_format asked '$request_method|$uri|$status|$http_range|$http_host|';\n"
            << "access_log " << scratch.path() << "/asked asked;\n"
            << "client_body_temp_path " << scratch.path() << "/a; proxy_temp_path " << scratch.path() << "/b;\n"
            << "fastcgi_temp_path " << scratch.path() << "/c; uwsgi_temp_path " << scratch.path() << "/d;\n"
            << "scgi_temp_path " << scratch.path() << "/e;\n"
            << "server { listen 127.0.0.1:" << port << "; root " << root << ";\n"
            << (accept_ranges ? "add_header Accept-Ranges bytes;" : "") << "} }\n";
        base::ProcessOptions options;
        options.arguments = {"/usr/sbin/nginx", "-e", scratch.path() + "/error", "-c", scratch.path() + "/nginx.conf"};
        WebServer server(std::move(scratch), TRY(base::ChildProcess::start(options)), port);
        TRY(server.await());
        return server;
    }

    std::string url(const std::string& name) const { return "http://127.0.0.1:" + port_ + "/" + name; }
    const std::string& port() const { return port_; }

    struct Asked {
        std::string method, path, status, range, host;
    };
    std::vector<Asked> asked() const {
        std::vector<Asked> all;
        std::ifstream log(scratch_.path() + "/asked");
        for (std::string line; std::getline(log, line);) {
            std::istringstream fields(line);
            Asked one;
            std::getline(fields, one.method, '|');
            std::getline(fields, one.path, '|');
            std::getline(fields, one.status, '|');
            std::getline(fields, one.range, '|');
            std::getline(fields, one.host, '|');
            all.push_back(std::move(one));
        }
        return all;
    }

  private:
    WebServer(base::TemporaryDirectory scratch, base::ChildProcess child, std::string port)
        : scratch_(std::move(scratch)), child_(std::move(child)), port_(std::move(port)) {}

    static int bound_socket(sockaddr_in& address) {
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        return ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    }
    static unsigned free_port() {
        sockaddr_in address{};
        const base::UniqueFd socket(bound_socket(address));
        socklen_t size = sizeof address;
        if (::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
            ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
            return 0;
        }
        return ntohs(address.sin_port);
    }
    base::Result<void> await() {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        while (std::chrono::steady_clock::now() < end && child_.running()) {
            sockaddr_in address{};
            const base::UniqueFd socket(bound_socket(address));
            address.sin_port = htons(static_cast<std::uint16_t>(std::stoul(port_)));
            if (::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
                return {};
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
        return base::timed_out("nginx does not listen");
    }

    base::TemporaryDirectory scratch_;
    base::ChildProcess child_;
    std::string port_;
};

}  // namespace isolde::emulator::testing
