// SPDX-License-Identifier: Apache-2.0
// For tests: one end of a link that writes down what it is told.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "link/mux.h"

namespace aipg::link {

class MuxRecorder : public MuxEvents {
 public:
  void on_open(std::uint32_t stream, const ByteArray<16>& job_id) override {
    log.push_back("open " + std::to_string(stream));
    opened.push_back(stream);
    job_ids[stream] = job_id;
  }
  void on_data(std::uint32_t stream, ByteView bytes) override {
    log.push_back("data " + std::to_string(stream) + " " + std::to_string(bytes.size()));
    append(data[stream], bytes);
  }
  void on_end(std::uint32_t stream, ByteView payload) override {
    log.push_back("end " + std::to_string(stream));
    ended[stream] = to_text(payload);
  }
  void on_refuse(std::uint32_t stream, std::string_view code) override {
    log.push_back("refuse " + std::to_string(stream) + " " + std::string(code));
    refused[stream] = code;
  }
  void on_reset(std::uint32_t stream) override {
    log.push_back("reset " + std::to_string(stream));
    reset.insert(stream);
  }
  void on_credit(std::uint32_t stream) override { log.push_back("credit " + std::to_string(stream)); }
  void on_ack(std::uint32_t stream) override {
    log.push_back("ack " + std::to_string(stream));
    acked.insert(stream);
  }
  void on_evidence(ByteView bytes) override {
    log.push_back("evidence " + std::to_string(bytes.size()));
    append(evidence, bytes);
  }

  std::vector<std::string> log;
  std::vector<std::uint32_t> opened;
  std::map<std::uint32_t, ByteArray<16>> job_ids;
  std::map<std::uint32_t, Bytes> data;
  std::map<std::uint32_t, std::string> ended, refused;
  std::set<std::uint32_t> reset, acked;
  Bytes evidence;
};

}  // namespace aipg::link
