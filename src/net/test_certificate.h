// SPDX-License-Identifier: Apache-2.0
// A certificate authority that lives as long as a test.
#pragma once

#include <openssl/ec_key.h>
#include <openssl/evp.h>
#include <openssl/nid.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <memory>
#include <string>

#include "net/http_server.h"

namespace aipg::net {

class TestAuthority {
 public:
  TestAuthority() : key_(make_key()), certificate_(make_certificate("test authority", {}, key_.get(), 3600)) {}

  void write_certificate(const std::string& path) const { write(path, certificate_.get(), nullptr); }
  // `names` as OpenSSL writes them: "DNS:localhost,IP:127.0.0.1".
  [[nodiscard]] TlsFiles issue(const std::string& path, const std::string& names, long seconds = 3600) const {
    const auto key = make_key();
    const auto certificate = make_certificate("test server", names, key.get(), seconds);
    write(path + ".crt", certificate.get(), nullptr);
    write(path + ".key", nullptr, key.get());
    return {path + ".crt", path + ".key"};
  }

 private:
  struct Free {
    void operator()(X509* p) const { X509_free(p); }
    void operator()(EVP_PKEY* p) const { EVP_PKEY_free(p); }
    void operator()(FILE* p) const { fclose(p); }
  };
  using Key = std::unique_ptr<EVP_PKEY, Free>;
  using Certificate = std::unique_ptr<X509, Free>;

  static Key make_key() {
    Key key(EVP_PKEY_new());
    EC_KEY* ec = EC_KEY_new_by_curve_name(NID_X9_62_prime256v1);
    EC_KEY_generate_key(ec);
    EVP_PKEY_assign_EC_KEY(key.get(), ec);
    return key;
  }

  // Names make a server's certificate, none an authority's.
  Certificate make_certificate(const std::string& cn, const std::string& names, EVP_PKEY* key, long seconds) const {
    Certificate out(X509_new());
    X509* const x = out.get();
    X509_set_version(x, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(x), names.empty() ? 1 : 2);
    X509_gmtime_adj(X509_getm_notBefore(x), -7200);
    X509_gmtime_adj(X509_getm_notAfter(x), seconds);
    X509_set_pubkey(x, key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(cn.c_str()), -1, -1, 0);
    X509_set_issuer_name(x, X509_get_subject_name(names.empty() ? x : certificate_.get()));
    add(x, NID_basic_constraints, names.empty() ? "critical,CA:TRUE" : "critical,CA:FALSE");
    if (!names.empty()) add(x, NID_subject_alt_name, names);
    X509_sign(x, key_.get(), EVP_sha256());
    return out;
  }
  static void add(X509* x, int nid, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, x, x, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_nconf_nid(nullptr, &context, nid, value.c_str());
    X509_add_ext(x, extension, -1);
    X509_EXTENSION_free(extension);
  }
  static void write(const std::string& path, X509* certificate, EVP_PKEY* key) {
    const std::unique_ptr<FILE, Free> file(fopen(path.c_str(), "w"));
    if (certificate != nullptr) PEM_write_X509(file.get(), certificate);
    if (key != nullptr) PEM_write_PrivateKey(file.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  }

  Key key_;
  Certificate certificate_;
};

}  // namespace aipg::net
