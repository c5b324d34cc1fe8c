// SPDX-License-Identifier: Apache-2.0
// TLS 1.2 and 1.3 over a TCP stream. The client always verifies certificate
// and host name; there is no switch. Private to net/.
#pragma once

#include <memory>
#include <string>

#include "net/stream.h"

namespace aipg::net {

class TlsContext {
 public:
  // PEM files. Error: tls_files.
  [[nodiscard]] static Result<std::shared_ptr<TlsContext>> server(const std::string& certificate_chain,
                                                                  const std::string& private_key);
  // Trusts what `ca_file` holds, or the system's store when it is empty. Error: tls_files.
  [[nodiscard]] static Result<std::shared_ptr<TlsContext>> client(const std::string& ca_file);

  struct Impl;
  explicit TlsContext(std::unique_ptr<Impl> impl);
  ~TlsContext();
  [[nodiscard]] Impl& impl() { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

// A TLS stream in place of `tcp`, which must come from listen_on() or
// connect_stream() with an address of kind tcp. shake_hands() comes next.
class TlsStream : public Stream {
 public:
  using Stream::Stream;
  [[nodiscard]] static std::shared_ptr<TlsStream> server(Runtime& runtime, std::shared_ptr<Stream> tcp,
                                                         std::shared_ptr<TlsContext> context);
  // `host` is a name or an IP address.
  [[nodiscard]] static std::shared_ptr<TlsStream> client(Runtime& runtime, std::shared_ptr<Stream> tcp,
                                                         std::shared_ptr<TlsContext> context, const std::string& host);
  // close() ends it. Error: http_tls; `failure` says for people why.
  [[nodiscard]] virtual Task<Result<void>> shake_hands(std::string& failure) = 0;
};

}  // namespace aipg::net
