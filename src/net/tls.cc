// SPDX-License-Identifier: Apache-2.0
#include "net/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include "net/socket_stream.h"

namespace aipg::net {

struct TlsContext::Impl {
  Impl() : context(boost::asio::ssl::context::tls) {}
  boost::asio::ssl::context context;
};

namespace {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;

constexpr unsigned char kHttp11[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
constexpr milliseconds kGoodbye{1000};

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
  SSL_CTX* const context = impl->context.native_handle();
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION);
  if (SSL_CTX_set1_groups_list(context, "X25519MLKEM768:X25519:P-256") != 1) __builtin_trap();
  // A connection that idles gives its buffers back.
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  return impl;
}

class TlsSocketStream final : public SocketStream<ssl::stream<boost::asio::ip::tcp::socket>, TlsStream> {
 public:
  TlsSocketStream(Runtime& runtime, const std::shared_ptr<Stream>& tcp, std::shared_ptr<TlsContext> context,
                  ssl::stream_base::handshake_type side)
      : SocketStream(runtime, std::move(static_cast<TcpStream&>(*tcp).socket()), context->impl().context),
        runtime_(runtime),
        context_(std::move(context)),
        side_(side) {
    set_peer(tcp->peer());
  }

  // Name or address that the server's certificate must have.
  void expect_host(const std::string& host) {
    SSL* const handle = socket_.native_handle();
    X509_VERIFY_PARAM* const parameters = SSL_get0_param(handle);
    error_code not_an_address;
    (void)boost::asio::ip::make_address(host, not_an_address);
    if (!not_an_address) {
      if (X509_VERIFY_PARAM_set1_ip_asc(parameters, host.c_str()) != 1) __builtin_trap();
    } else {
      X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
      if (X509_VERIFY_PARAM_set1_host(parameters, host.data(), host.size()) != 1) __builtin_trap();
      if (SSL_set_tlsext_host_name(handle, host.c_str()) != 1) __builtin_trap();
    }
  }

  [[nodiscard]] Task<Result<void>> shake_hands(std::string& failure) override {
    ERR_clear_error();
    const error_code ec =
        co_await AsioOperation([this](auto handler) { socket_.async_handshake(side_, std::move(handler)); });
    if (!ec) co_return {};
    const long verdict = SSL_get_verify_result(socket_.native_handle());
    failure =
        verdict != X509_V_OK ? std::string("certificate: ") + X509_verify_cert_error_string(verdict) : ec.message();
    co_return fail("http_tls");
  }

  [[nodiscard]] Task<void> end_sending() override {
    // The whole handshake of the end, for a peer that takes part in it in time.
    Timer patience(runtime_, [this] { cancel_operations(); });
    patience.expire_after(kGoodbye);
    (void)co_await AsioOperation([this](auto handler) { socket_.async_shutdown(std::move(handler)); });
    co_await SocketStream::end_sending();
  }

  [[nodiscard]] ByteArray<32> channel_binding() const override {
    static constexpr std::string_view kLabel = "EXPORTER-Channel-Binding";
    ByteArray<32> out{};
    SSL* const handle = const_cast<TlsSocketStream*>(this)->socket_.native_handle();
    if (SSL_export_keying_material(handle, out.data(), out.size(), kLabel.data(), kLabel.size(), nullptr, 0, 1) != 1) {
      __builtin_trap();
    }
    return out;
  }

 private:
  Runtime& runtime_;
  std::shared_ptr<TlsContext> context_;  // shared with every connection made with it
  ssl::stream_base::handshake_type side_;
};

}  // namespace

TlsContext::TlsContext(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TlsContext::~TlsContext() = default;

Result<std::shared_ptr<TlsContext>> TlsContext::server(const std::string& certificate_chain,
                                                       const std::string& private_key) {
  auto impl = make_context();
  error_code ec;
  impl->context.use_certificate_chain_file(certificate_chain, ec);
  if (ec) return fail("tls_files", "certificate_chain");
  impl->context.use_private_key_file(private_key, ssl::context::pem, ec);
  if (ec || SSL_CTX_check_private_key(impl->context.native_handle()) != 1) return fail("tls_files", "private_key");
  SSL_CTX_set_alpn_select_cb(impl->context.native_handle(), select_protocol, nullptr);
  return std::make_shared<TlsContext>(std::move(impl));
}

Result<std::shared_ptr<TlsContext>> TlsContext::client(const std::string& ca_file) {
  static constexpr const char* kSystemStores[] = {"/etc/ssl/certs/ca-certificates.crt",
                                                  "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"};
  auto impl = make_context();
  std::string file = ca_file;
  for (const char* store : kSystemStores) {
    if (file.empty() && access(store, R_OK) == 0) file = store;
  }
  error_code ec;
  impl->context.load_verify_file(file, ec);
  if (ec) return fail("tls_files", "ca_file");
  impl->context.set_verify_mode(ssl::verify_peer);
  if (SSL_CTX_set_alpn_protos(impl->context.native_handle(), kHttp11, sizeof(kHttp11)) != 0) __builtin_trap();
  return std::make_shared<TlsContext>(std::move(impl));
}

std::shared_ptr<TlsStream> TlsStream::server(Runtime& runtime, std::shared_ptr<Stream> tcp,
                                             std::shared_ptr<TlsContext> context) {
  return std::make_shared<TlsSocketStream>(runtime, tcp, std::move(context), ssl::stream_base::server);
}

std::shared_ptr<TlsStream> TlsStream::client(Runtime& runtime, std::shared_ptr<Stream> tcp,
                                             std::shared_ptr<TlsContext> context, const std::string& host) {
  auto stream = std::make_shared<TlsSocketStream>(runtime, tcp, std::move(context), ssl::stream_base::client);
  stream->expect_host(host);
  return stream;
}

}  // namespace aipg::net
