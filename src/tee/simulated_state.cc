// SPDX-License-Identifier: Apache-2.0
// The simulated PKI on disk: certificates as PEM, keys as hexadecimal scalars
// with mode 0600, in a folder that appears whole or not at all.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/hex.h"
#include "codec/pem.h"
#include "tee/simulated_pki.h"

namespace aipg::tee {
namespace {

namespace fs = std::filesystem;
using crypto::Curve;
using crypto::EcPrivateKey;

constexpr std::string_view kFolder = "simulated-tee";
constexpr Literal kPpidFile = "ppid", kPckChainFile = "pck-chain.pem", kPckKeyFile = "pck.key",
                  kProvisionerChainFile = "provisioner-chain.pem", kProvisionerKeyFile = "provisioner.key",
                  kTcbSigningChainFile = "tcb-signing-chain.pem", kTcbSigningKeyFile = "tcb-signing.key",
                  kPlatformCaKeyFile = "platform-ca.key", kIntelRootKeyFile = "intel-root.key";
constexpr std::size_t kMaxFileBytes = 64 << 10;

Result<void> write_file(const fs::path& path, std::string_view text) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) return fail("simulator_state", "create");
  bool written = true;
  for (std::string_view rest = text; written && !rest.empty();) {
    const ssize_t n = ::write(file, rest.data(), rest.size());
    written = n > 0 || (n < 0 && errno == EINTR);
    if (n > 0) rest.remove_prefix(static_cast<std::size_t>(n));
  }
  const bool closed = ::fsync(file) == 0 && ::close(file) == 0;
  if (!written || !closed) return fail("simulator_state", "write");
  return {};
}

Result<std::string> read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail("simulator_state", "missing file");
  std::string out{std::istreambuf_iterator<char>(file), {}};
  if (file.bad() || out.size() > kMaxFileBytes) return fail("simulator_state", "read");
  return out;
}

std::string to_pem(const std::vector<Bytes>& chain) {
  std::string out;
  for (const Bytes& der : chain) out += codec::to_pem_certificate(der);
  return out;
}

Result<std::vector<Bytes>> read_chain(const fs::path& path, std::size_t length) {
  AIPG_TRY(const std::string text, read_file(path));
  auto chain = codec::parse_pem_certificates(text, length);
  if (!chain || chain->size() != length) return fail("simulator_state", "chain");
  return *std::move(chain);
}

Result<void> write_key(const fs::path& path, const EcPrivateKey& key) {
  std::string text = to_hex(key.scalar().reveal());
  auto result = write_file(path, text);
  wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
  return result;
}

Result<EcPrivateKey> read_key(const fs::path& path, Curve curve) {
  AIPG_TRY(std::string text, read_file(path));
  auto scalar = from_hex(text);
  wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
  if (!scalar) return fail("simulator_state", "key");
  auto key = EcPrivateKey::from_scalar(curve, *scalar);
  wipe(*scalar);
  if (!key) return fail("simulator_state", "key");
  return key;
}

Result<void> write_intel_keys(const fs::path& folder, const SimulatedIntelKeys& keys) {
  AIPG_CHECK(write_file(folder / kTcbSigningChainFile.view(), to_pem(keys.tcb_signing_chain)));
  AIPG_CHECK(write_key(folder / kTcbSigningKeyFile.view(), keys.tcb_signing));
  AIPG_CHECK(write_key(folder / kPlatformCaKeyFile.view(), keys.platform_ca));
  return write_key(folder / kIntelRootKeyFile.view(), keys.root);
}

// All of them or, in a folder made before there was collateral, none.
Result<std::optional<SimulatedIntelKeys>> read_intel_keys(const fs::path& folder) {
  std::error_code error;
  if (!fs::exists(folder / kTcbSigningChainFile.view(), error)) return std::nullopt;
  AIPG_TRY(std::vector<Bytes> chain, read_chain(folder / kTcbSigningChainFile.view(), 2));
  AIPG_TRY(EcPrivateKey tcb_signing, read_key(folder / kTcbSigningKeyFile.view(), Curve::p256));
  AIPG_TRY(EcPrivateKey platform_ca, read_key(folder / kPlatformCaKeyFile.view(), Curve::p256));
  AIPG_TRY(EcPrivateKey root, read_key(folder / kIntelRootKeyFile.view(), Curve::p256));
  return SimulatedIntelKeys{.root = std::move(root),
                            .platform_ca = std::move(platform_ca),
                            .tcb_signing = std::move(tcb_signing),
                            .tcb_signing_chain = std::move(chain)};
}

fs::path responder_file(const fs::path& folder, std::size_t i, std::string_view ending) {
  return folder / ("responder-" + std::to_string(i) + std::string(ending));
}

Result<void> write_responders(const fs::path& folder, const std::vector<SimulatedResponder>& responders) {
  for (std::size_t i = 0; i < responders.size(); ++i) {
    AIPG_CHECK(write_file(responder_file(folder, i, ".pem"), codec::to_pem_certificate(responders[i].certificate)));
    AIPG_CHECK(write_key(responder_file(folder, i, ".key"), responders[i].key));
  }
  return {};
}

// All of them or, in a folder made before there were any, none.
Result<std::vector<SimulatedResponder>> read_responders(const fs::path& folder) {
  constexpr std::size_t kResponders = 3;
  std::vector<SimulatedResponder> out;
  std::error_code error;
  if (!fs::exists(responder_file(folder, 0, ".pem"), error)) return out;
  for (std::size_t i = 0; i < kResponders; ++i) {
    AIPG_TRY(const std::string text, read_file(responder_file(folder, i, ".pem")));
    auto certificate = codec::parse_pem_certificates(text, 1);
    if (!certificate) return fail("simulator_state", "responder");
    AIPG_TRY(EcPrivateKey key, read_key(responder_file(folder, i, ".key"), Curve::p384));
    out.push_back({std::move(certificate->front()), std::move(key)});
  }
  return out;
}

Result<void> write_pki(const fs::path& folder, const SimulatedPki& pki) {
  AIPG_CHECK(write_file(folder / kPpidFile.view(), to_hex(pki.ppid)));
  AIPG_CHECK(write_file(folder / kPckChainFile.view(), to_pem(pki.pck_chain)));
  AIPG_CHECK(write_file(folder / kProvisionerChainFile.view(), to_pem(pki.provisioner_chain)));
  AIPG_CHECK(write_key(folder / kPckKeyFile.view(), pki.pck_key));
  if (pki.intel) AIPG_CHECK(write_intel_keys(folder, *pki.intel));
  AIPG_CHECK(write_responders(folder, pki.responders));
  return write_key(folder / kProvisionerKeyFile.view(), pki.provisioner_key);
}

Result<SimulatedPki> read_pki(const fs::path& folder) {
  AIPG_TRY(const std::string ppid_text, read_file(folder / kPpidFile.view()));
  const auto ppid = from_hex(ppid_text);
  if (!ppid || ppid->size() != 16) return fail("simulator_state", "ppid");
  AIPG_TRY(std::vector<Bytes> pck_chain, read_chain(folder / kPckChainFile.view(), 3));
  AIPG_TRY(std::vector<Bytes> provisioner_chain, read_chain(folder / kProvisionerChainFile.view(), 3));
  AIPG_TRY(EcPrivateKey pck_key, read_key(folder / kPckKeyFile.view(), Curve::p256));
  AIPG_TRY(EcPrivateKey provisioner_key, read_key(folder / kProvisionerKeyFile.view(), Curve::p384));
  AIPG_TRY(std::optional<SimulatedIntelKeys> intel, read_intel_keys(folder));
  AIPG_TRY(std::vector<SimulatedResponder> responders, read_responders(folder));
  return SimulatedPki{.ppid = to_array<16>(*ppid),
                      .pck_chain = std::move(pck_chain),
                      .pck_key = std::move(pck_key),
                      .provisioner_chain = std::move(provisioner_chain),
                      .provisioner_key = std::move(provisioner_key),
                      .intel = std::move(intel),
                      .responders = std::move(responders)};
}

// Written beside its place and moved there: another process that was first wins.
Result<void> create_pki(const fs::path& folder, Instant now) {
  std::string temporary = folder.string() + ".XXXXXX";
  if (::mkdtemp(temporary.data()) == nullptr) return fail("simulator_state", "create folder");
  const auto written = write_pki(temporary, make_pki(now));
  std::error_code ignored, moved;
  if (written) fs::rename(temporary, folder, moved);
  if (!written || moved) fs::remove_all(temporary, ignored);
  if (moved && !fs::exists(folder, ignored)) return fail("simulator_state", "move");
  return written;
}

}  // namespace

Result<SimulatedPki> open_pki(const std::string& state_folder, Instant now) {
  const fs::path folder = fs::path(state_folder) / kFolder;
  std::error_code error;
  fs::create_directories(state_folder, error);
  if (!fs::exists(folder, error)) AIPG_CHECK(create_pki(folder, now));
  return read_pki(folder);
}

}  // namespace aipg::tee
