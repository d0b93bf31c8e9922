// SPDX-License-Identifier: GPL-3.0-or-later
#include "redfish/emulator/qmp.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>

namespace isolde::emulator {
namespace {

using base::Json;
using base::Result;

constexpr auto kAnswerTimeout = std::chrono::seconds(10);
constexpr std::size_t kLongestLine = std::size_t{1} << 20U;

}  // namespace

Result<QmpListener> QmpListener::create(const std::string& directory, const std::string& name) {
    TRY(base::remove_file(base::join_path(directory, name)));
    // Socket paths have 107 bytes at most: the directory is named by its descriptor.
    const base::UniqueFd folder(::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    base::UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = "/proc/self/fd/" + std::to_string(folder.get()) + "/" + name;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    if (!folder || !socket || ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(socket.get(), 1) != 0) {
        return base::from_errno("cannot listen on " + base::join_path(directory, name), errno);
    }
    return QmpListener(std::move(socket));
}

Result<base::UniqueFd> QmpListener::accept(base::Duration timeout, const std::function<bool()>& alive) const {
    constexpr int kSliceMilliseconds = 100;
    for (base::Duration waited{}; waited < timeout; waited += std::chrono::milliseconds(kSliceMilliseconds)) {
        pollfd polled{socket_.get(), POLLIN, 0};
        if (::poll(&polled, 1, kSliceMilliseconds) > 0) {
            base::UniqueFd connection(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
            if (connection) {
                return connection;
            }
        }
        if (!alive()) {
            return base::unavailable("QEMU ended at its start");
        }
    }
    return base::timed_out("QEMU did not connect its monitor");
}

Qmp::Qmp(base::UniqueFd socket, std::function<void(const std::string&, const Json&)> on_event,
         std::function<void()> on_end)
    : socket_(std::move(socket)),
      on_event_(std::move(on_event)),
      on_end_(std::move(on_end)),
      reader_([this] { read(); }) {}

Qmp::~Qmp() {
    ::shutdown(socket_.get(), SHUT_RDWR);
    reader_.join();
}

Result<Json> Qmp::execute(const std::string& command, Json arguments) {
    const base::Lock lock(mutex_);
    const int id = next_id_++;
    const std::string line =
        base::dump_json({{"execute", command}, {"arguments", std::move(arguments)}, {"id", id}}) + "\n";
    if (ended_ || ::send(socket_.get(), line.data(), line.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(line.size())) {
        return base::unavailable("QEMU is gone");
    }
    const auto deadline = std::chrono::steady_clock::now() + kAnswerTimeout;
    while (answers_.count(id) == 0) {
        if (ended_) {
            return base::unavailable("QEMU ended during " + command);
        }
        if (answered_.wait_until(mutex_, deadline) == std::cv_status::timeout) {
            return base::timed_out("QEMU did not answer " + command);
        }
    }
    const Json answer = std::move(answers_[id]);
    answers_.erase(id);
    if (answer.contains("error")) {
        return base::internal(command + ": " + answer["error"].value("desc", "failed"));
    }
    return answer.value("return", Json::object());
}

void Qmp::read() {
    std::string pending;
    char buffer[4096];
    while (true) {
        const ssize_t received = ::recv(socket_.get(), buffer, sizeof buffer, 0);
        if (received < 0 && errno == EINTR) {
            continue;
        }
        if (received <= 0 || pending.size() > kLongestLine) {
            break;
        }
        pending.append(buffer, static_cast<std::size_t>(received));
        for (std::size_t end = pending.find('\n'); end != std::string::npos; end = pending.find('\n')) {
            take_line(pending.substr(0, end));
            pending.erase(0, end + 1);
        }
    }
    {
        const base::Lock lock(mutex_);
        ended_ = true;
    }
    answered_.notify_all();
    on_end_();
}

void Qmp::take_line(const std::string& line) {
    auto parsed = base::parse_json(line);
    if (!parsed.ok() || !parsed->is_object()) {
        return;
    }
    if (const Json event = parsed->value("event", Json()); event.is_string()) {
        on_event_(event.get<std::string>(), parsed->value("data", Json::object()));
    } else if (const Json id = parsed->value("id", Json()); id.is_number_integer()) {
        {
            const base::Lock lock(mutex_);
            answers_[id.get<int>()] = std::move(*parsed);
        }
        answered_.notify_all();
    }
}

}  // namespace isolde::emulator
