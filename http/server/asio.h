// SPDX-License-Identifier: GPL-3.0-or-later
//
// Asio, as this folder uses it: a loop per thread and waits for readiness of descriptors; reads and writes are ours.
#pragma once

#include <utility>  // Boost 1.74's Asio uses std::exchange without it

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

namespace isolde::http {

namespace asio = boost::asio;
using SystemError = boost::system::error_code;
/// Bound to io_context's own executor, not to the type-erased one: no allocation, no virtual call.
using Descriptor = asio::posix::basic_stream_descriptor<asio::io_context::executor_type>;
using Timer = asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>,
                                         asio::io_context::executor_type>;

}  // namespace isolde::http
