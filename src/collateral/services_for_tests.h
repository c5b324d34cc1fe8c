// SPDX-License-Identifier: Apache-2.0
// The vendors' services on this machine, for tests: what they answered once, or
// what the simulator makes, under the real paths.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "attest/tdx/collateral.h"
#include "base/hex.h"
#include "codec/base64.h"
#include "codec/pem.h"
#include "collateral/issuer_chain.h"
#include "collateral/resource.h"
#include "crypto/digest.h"
#include "net/http_server.h"

namespace aipg::collateral {

struct Reply {
  unsigned status = 200;
  std::string type = "application/octet-stream";
  std::string body = {};
  net::Headers headers = {};
};

inline std::string pem_of(const std::vector<Bytes>& chain) {
  std::string out;
  for (const Bytes& der : chain) out += codec::to_pem_certificate(der);
  return out;
}

class LocalVendors {
 public:
  std::map<std::string, Reply> replies;                                    // by target
  std::function<std::optional<std::string>(std::string_view)> on_post;     // by body; nullopt: as any other target
  std::vector<std::string> asked;                                          // "GET /path", in order
  std::function<std::optional<Reply>(const std::string& target)> instead;  // before anything else

  [[nodiscard]] net::HttpServer::Handler handler() {
    return [this](net::Exchange& exchange) -> net::Task<void> {
      const net::RequestHead& head = exchange.head();
      asked.push_back(head.method + " " + head.target);
      std::string body = {};
      for (;;) {
        const auto piece = co_await exchange.read_body();
        if (!piece || piece->empty()) break;
        body += as_text(*piece);
      }
      const Reply reply = reply_to(head, body);
      (void)co_await exchange.respond(reply.status, reply.type, reply.body, reply.headers);
    };
  }

  void publish(const std::string& path, std::string body, std::string_view header = {}, std::string_view pem = {}) {
    Reply reply{.body = std::move(body)};
    if (!header.empty()) reply.headers.add(header, write_issuer_chain(pem));
    replies[path] = std::move(reply);
  }
  // All that Intel says about one platform, as its service serves it.
  void publish(const attest::tdx::Collateral& intel, attest::tdx::Tee tee, const ByteArray<6>& fmspc, PckCa ca) {
    const std::string signers = pem_of(intel.tcb_signing_chain);
    publish(tcb_info(tee, fmspc).path, std::string(as_text(intel.tcb_info)), "TCB-Info-Issuer-Chain", signers);
    publish(qe_identity(tee).path, std::string(as_text(intel.qe_identity)), "SGX-Enclave-Identity-Issuer-Chain",
            signers);
    publish(pck_crl(ca).path, std::string(as_text(intel.pck_crl)), "SGX-PCK-CRL-Issuer-Chain",
            pem_of(intel.pck_crl_issuer_chain));
    publish(intel_root_crl().path, std::string(as_text(intel.root_crl)));
    publish("/sgx/certification/v4/rootcacrl", to_hex(intel.root_crl));
  }
  void publish_rim(const std::string& id, std::string_view xml) {
    publish("/v1/rim/" + id, R"({"id":")" + id + R"(","rim":")" + codec::to_base64(as_bytes(xml)) + R"(","sha256":")" +
                                 to_hex(crypto::sha256(as_bytes(xml))) + R"("})");
  }

  [[nodiscard]] static Sources at(const std::string& base) {
    return {.intel = base, .intel_root = base, .amd = base, .nvidia_rim = base, .nvidia_ocsp = base, .nras = base};
  }

 private:
  Reply reply_to(const net::RequestHead& head, const std::string& body) {
    if (instead) {
      if (auto reply = instead(head.target)) return *std::move(reply);
    }
    if (head.method == "POST" && on_post) {
      if (auto answer = on_post(body)) return {.body = *std::move(answer)};
    }
    const auto found = replies.find(head.target);
    return found == replies.end() ? Reply{.status = 404, .type = "text/plain", .body = "nothing here"} : found->second;
  }
};

}  // namespace aipg::collateral
