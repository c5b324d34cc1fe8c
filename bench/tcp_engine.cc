// SPDX-License-Identifier: Apache-2.0
#include "tcp_engine.h"

#include <fstream>

namespace aipg::bench {
namespace {

constexpr milliseconds kLook{20};

// The first line of what a program said; empty when it ended before.
net::Task<std::string> first_line(net::Runtime& runtime, std::string log, client::ChildProcess& program) {
  while (true) {
    std::ifstream said(log);
    std::string line;
    if (std::getline(said, line) && !said.eof()) co_return line;
    if (program.ended()) co_return std::string();
    co_await runtime.sleep(kLook);
  }
}

}  // namespace

net::Task<std::optional<TcpEngine>> TcpEngine::start(net::Runtime& runtime, std::string log) {
  auto process = client::ChildProcess::start({"/proc/self/exe", "--scripted-engine", "127.0.0.1:0"}, log);
  if (!process) co_return std::nullopt;
  const std::string port = co_await first_line(runtime, log, *process);
  auto address = net::parse_listen("127.0.0.1:" + port);
  if (!address) co_return std::nullopt;
  co_return TcpEngine(*std::move(process), *std::move(address));
}

}  // namespace aipg::bench
