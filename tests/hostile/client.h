// SPDX-License-Identifier: Apache-2.0
// An honest client of a gateway: blocking HTTP, one connection a request.
#pragma once

#include <optional>
#include <string>

#include "sealing.h"
#include "wire.h"

namespace aipg::hostile {

struct Answer {
  unsigned status = 0;  // 0: the connection ended before its head
  std::string code;     // of the gateway's error; "sealed" where it is none, "cut" where the rest of that is missing
  Opened opened;        // where the answer is sealed
  [[nodiscard]] bool whole() const { return code == "sealed" && opened.failure.empty(); }
};

class Client {
 public:
  Client(std::uint16_t port, std::string key) : port_(port), key_(std::move(key)) {}

  [[nodiscard]] std::string get(std::string_view path) const;
  [[nodiscard]] double metric(std::string_view line_start) const;
  // A worker that offers this model now, as its evidence says.
  [[nodiscard]] std::optional<Recipient> find(std::string_view model) const;

  // A request on its way.
  struct Asked {
    Wire wire;
    std::unique_ptr<seal::PendingAnswer> pending;
  };
  [[nodiscard]] Asked ask(const Recipient& to, std::string_view model, std::string_view question, bool stream = false);
  [[nodiscard]] static Answer answer_to(Asked asked, milliseconds patience = kPatience);
  [[nodiscard]] Answer ask_and_wait(const Recipient& to, std::string_view model, std::string_view question) {
    return answer_to(ask(to, model, question));
  }
  // Any body on that path.
  [[nodiscard]] Wire post(std::string_view path, ByteView body) const;

 private:
  std::uint16_t port_;
  std::string key_;
  Sealing sealing_;
};

}  // namespace aipg::hostile
