// SPDX-License-Identifier: Apache-2.0
#include "proxy/attestation_writer.h"

namespace aipg::proxy {

AttestationWriter::AttestationWriter(net::Runtime& runtime, AttestationFolder folder)
    : runtime_(runtime), folder_(std::move(folder)), written_(runtime), thread_([this] { work(); }) {}

AttestationWriter::~AttestationWriter() {
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

net::Task<Result<void>> AttestationWriter::add(const attest::Attestation& attestation, Instant at) {
  const auto job = std::make_shared<Job>(attestation, at);
  {
    const std::scoped_lock lock(mutex_);
    waiting_.push_back(job);
  }
  changed_.notify_one();
  while (!job->result) co_await written_.wait();
  co_return *job->result;
}

void AttestationWriter::work() {
  while (true) {
    std::shared_ptr<Job> job;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      job = std::move(waiting_.front());
      waiting_.pop_front();
    }
    const Result<void> written = folder_.add(job->attestation, job->at);
    runtime_.post([this, written, done = std::move(job)] {
      done->result = written;
      written_.notify_all();
    });
  }
}

}  // namespace aipg::proxy
