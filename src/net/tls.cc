// SPDX-License-Identifier: Apache-2.0
#include "net/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include "net/endpoint.h"
#include "net/socket_stream.h"

namespace aipg::net {

struct TlsContext::Impl {
  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context{SSL_CTX_new(TLS_method()), SSL_CTX_free};
};

namespace {

constexpr unsigned char kHttp11[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
constexpr std::size_t kMaxRecord = 16 * 1024;

// Asks for HTTP/1.1 where the peer negotiates at all; refuses a peer that wants something else only.
int select_protocol(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in, unsigned in_size,
                    void*) {
  for (unsigned at = 0; at < in_size; at += 1U + in[at]) {
    if (in[at] != kHttp11[0] || at + sizeof(kHttp11) > in_size) continue;
    if (!std::equal(std::begin(kHttp11), std::end(kHttp11), in + at)) continue;
    *out = in + at + 1;
    *out_size = in[at];
    return SSL_TLSEXT_ERR_OK;
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

std::unique_ptr<TlsContext::Impl> make_context() {
  auto impl = std::make_unique<TlsContext::Impl>();
  SSL_CTX* const context = impl->context.get();
  if (context == nullptr) __builtin_trap();
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION);
  if (SSL_CTX_set1_groups_list(context, "X25519MLKEM768:X25519:P-256") != 1) __builtin_trap();
  // A connection that idles gives its buffers back; what was not taken comes again, from other memory maybe.
  SSL_CTX_set_mode(context,
                   SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  return impl;
}

// The library's transport: our socket, which knows when asking the system is in vain.
const BIO_METHOD* socket_transport();

// A socket and the library's half of it.
struct TlsSocket {
  Socket socket;
  std::shared_ptr<TlsContext> context;  // shared with every connection made with it
  std::unique_ptr<SSL, void (*)(SSL*)> tls;
  std::string peer;
};

TlsSocket make_tls_socket(const std::shared_ptr<Stream>& tcp, std::shared_ptr<TlsContext> context, bool is_server) {
  std::unique_ptr<SSL, void (*)(SSL*)> tls(SSL_new(context->impl().context.get()), SSL_free);
  if (tls == nullptr) __builtin_trap();
  is_server ? SSL_set_accept_state(tls.get()) : SSL_set_connect_state(tls.get());
  return {static_cast<SocketStream&>(*tcp).give_up(), std::move(context), std::move(tls), tcp->peer()};
}

class TlsSocketStream final : public TlsStream, private Reactor::Watcher {
 public:
  TlsSocketStream(Runtime& runtime, TlsSocket from)
      : TlsStream(runtime),
        socket_(std::move(from.socket)),
        context_(std::move(from.context)),
        tls_(std::move(from.tls)),
        shaken_(runtime) {
    set_peer(std::move(from.peer));
    BIO* const transport = BIO_new(socket_transport());
    BIO_set_data(transport, &socket_);
    BIO_set_init(transport, 1);
    SSL_set_bio(tls_.get(), transport, transport);
    socket_.forget_what_was_said();
    if (socket_.fd() >= 0 && !reactor().watch(socket_.fd(), *this)) socket_.close();
  }
  ~TlsSocketStream() override { close_descriptor(); }

  // Name or address that the server's certificate must have.
  void expect_host(const std::string& host) {
    X509_VERIFY_PARAM* const parameters = SSL_get0_param(tls_.get());
    if (Endpoint::ip(host, 0)) {
      if (X509_VERIFY_PARAM_set1_ip_asc(parameters, host.c_str()) != 1) __builtin_trap();
    } else {
      X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
      if (X509_VERIFY_PARAM_set1_host(parameters, host.data(), host.size()) != 1) __builtin_trap();
      if (SSL_set_tlsext_host_name(tls_.get(), host.c_str()) != 1) __builtin_trap();
    }
  }

  [[nodiscard]] Task<Result<void>> shake_hands(std::string& failure) override {
    const auto self = shared_from_this();
    reactor().begin_work();
    Outcome outcome = Outcome::again;
    while ((outcome = attempt([this] { return SSL_do_handshake(tls_.get()); }).outcome) == Outcome::again) {
      co_await shaken_.wait();
    }
    reactor().end_work();
    if (outcome == Outcome::done) co_return {};
    const long verdict = SSL_get_verify_result(tls_.get());
    const char* const reason = ERR_reason_error_string(ERR_peek_last_error());
    failure = verdict != X509_V_OK ? std::string("certificate: ") + X509_verify_cert_error_string(verdict)
              : reason != nullptr  ? std::string(reason)
                                   : std::string("the connection was lost");
    co_return fail("http_tls");
  }

  [[nodiscard]] Transfer read_now(MutableByteView into) override {
    const int room = static_cast<int>(std::min<std::size_t>(into.size(), INT_MAX));
    return attempt([&] { return SSL_read(tls_.get(), into.data(), room); });
  }

  // What fits goes in one record: a head and the first piece of its body cost no two.
  [[nodiscard]] Transfer write_now(const Pieces& pieces) override {
    thread_local ByteArray<kMaxRecord> record;
    std::size_t size = 0;
    for (const ByteView& piece : pieces) {
      const std::size_t n = std::min(piece.size(), record.size() - size);
      std::ranges::copy(piece.first(n), record.begin() + size);
      size += n;
    }
    return attempt([&] { return SSL_write(tls_.get(), record.data(), static_cast<int>(size)); });
  }

  void end_sending() override {
    if (socket_.fd() < 0) return;
    (void)attempt([this] { return SSL_shutdown(tls_.get()); });
    socket_.end_sending();
  }
  [[nodiscard]] bool quiet() const override { return socket_.quiet() && SSL_has_pending(tls_.get()) == 0; }

  [[nodiscard]] ByteArray<32> channel_binding() const override {
    static constexpr std::string_view kLabel = "EXPORTER-Channel-Binding";
    ByteArray<32> out{};
    if (SSL_export_keying_material(tls_.get(), out.data(), out.size(), kLabel.data(), kLabel.size(), nullptr, 0, 1) !=
        1) {
      __builtin_trap();
    }
    return out;
  }

 private:
  template <typename Step>
  [[nodiscard]] Transfer attempt(Step step) {
    if (socket_.fd() < 0) return {Outcome::failed, 0};
    ERR_clear_error();
    const int n = step();
    if (n > 0) return {Outcome::done, static_cast<std::size_t>(n)};
    switch (SSL_get_error(tls_.get(), n)) {
      case SSL_ERROR_WANT_READ:
      case SSL_ERROR_WANT_WRITE:
        return {Outcome::again, 0};
      case SSL_ERROR_ZERO_RETURN:
        return {Outcome::end, 0};
      default:
        return {Outcome::failed, 0};
    }
  }
  void on_events(std::uint32_t events) override {
    socket_.note(events);
    shaken_.notify_all();
    ready();
  }
  void close_descriptor() override {
    if (socket_.fd() < 0) return;
    reactor().forget(socket_.fd(), *this);
    socket_.close();
    shaken_.notify_all();
  }
  [[nodiscard]] std::unique_ptr<UnwatchedStream> let_go() override;

  Socket socket_;
  std::shared_ptr<TlsContext> context_;  // shared with every connection made with it
  std::unique_ptr<SSL, void (*)(SSL*)> tls_;
  Event shaken_;
};

class UnwatchedTls final : public UnwatchedStream {
 public:
  explicit UnwatchedTls(TlsSocket socket) : socket_(std::move(socket)) {}
  [[nodiscard]] std::shared_ptr<Stream> watched(Runtime& runtime) override {
    return std::make_shared<TlsSocketStream>(runtime, std::move(socket_));
  }

 private:
  TlsSocket socket_;
};

std::unique_ptr<UnwatchedStream> TlsSocketStream::let_go() {
  if (socket_.fd() >= 0) reactor().forget(socket_.fd(), *this);
  return std::make_unique<UnwatchedTls>(TlsSocket{std::move(socket_), context_, std::move(tls_), peer()});
}

int transport_result(BIO* bio, Stream::Transfer transfer, bool reading) {
  BIO_clear_retry_flags(bio);
  switch (transfer.outcome) {
    case Stream::Outcome::done:
      return static_cast<int>(transfer.bytes);
    case Stream::Outcome::again:
      reading ? BIO_set_retry_read(bio) : BIO_set_retry_write(bio);
      return -1;
    case Stream::Outcome::end:
      return 0;
    default:
      return -1;
  }
}

int transport_read(BIO* bio, char* into, int size) {
  const MutableByteView bytes(reinterpret_cast<std::uint8_t*>(into), static_cast<std::size_t>(size));
  return transport_result(bio, static_cast<Socket*>(BIO_get_data(bio))->read(bytes), true);
}

int transport_write(BIO* bio, const char* from, int size) {
  const ByteView bytes(reinterpret_cast<const std::uint8_t*>(from), static_cast<std::size_t>(size));
  return transport_result(bio, static_cast<Socket*>(BIO_get_data(bio))->write({bytes}), false);
}

long transport_control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

const BIO_METHOD* socket_transport() {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* out = BIO_meth_new(BIO_get_new_index(), "socket");
    BIO_meth_set_read(out, transport_read);
    BIO_meth_set_write(out, transport_write);
    BIO_meth_set_ctrl(out, transport_control);
    return out;
  }();
  return method;
}

}  // namespace

TlsContext::TlsContext(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TlsContext::~TlsContext() = default;

Result<std::shared_ptr<TlsContext>> TlsContext::server(const std::string& certificate_chain,
                                                       const std::string& private_key) {
  auto impl = make_context();
  SSL_CTX* const context = impl->context.get();
  if (SSL_CTX_use_certificate_chain_file(context, certificate_chain.c_str()) != 1) {
    return fail("tls_files", "certificate_chain");
  }
  if (SSL_CTX_use_PrivateKey_file(context, private_key.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(context) != 1) {
    return fail("tls_files", "private_key");
  }
  SSL_CTX_set_alpn_select_cb(context, select_protocol, nullptr);
  return std::make_shared<TlsContext>(std::move(impl));
}

Result<std::shared_ptr<TlsContext>> TlsContext::client(const std::string& ca_file) {
  static constexpr const char* kSystemStores[] = {"/etc/ssl/certs/ca-certificates.crt",
                                                  "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"};
  auto impl = make_context();
  SSL_CTX* const context = impl->context.get();
  std::string file = ca_file;
  for (const char* store : kSystemStores) {
    if (file.empty() && access(store, R_OK) == 0) file = store;
  }
  if (SSL_CTX_load_verify_locations(context, file.c_str(), nullptr) != 1) return fail("tls_files", "ca_file");
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  if (SSL_CTX_set_alpn_protos(context, kHttp11, sizeof(kHttp11)) != 0) __builtin_trap();
  return std::make_shared<TlsContext>(std::move(impl));
}

std::shared_ptr<TlsStream> TlsStream::server(Runtime& runtime, std::shared_ptr<Stream> tcp,
                                             std::shared_ptr<TlsContext> context) {
  auto stream = std::make_shared<TlsSocketStream>(runtime, make_tls_socket(tcp, std::move(context), true));
  stream->hold(tcp->give_held());
  return stream;
}

std::shared_ptr<TlsStream> TlsStream::client(Runtime& runtime, std::shared_ptr<Stream> tcp,
                                             std::shared_ptr<TlsContext> context, const std::string& host) {
  auto stream = std::make_shared<TlsSocketStream>(runtime, make_tls_socket(tcp, std::move(context), false));
  stream->expect_host(host);
  return stream;
}

}  // namespace aipg::net
