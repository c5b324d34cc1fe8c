// SPDX-License-Identifier: Apache-2.0
// An inference engine on a Unix socket, each connection on a thread of its own:
// an honest one, or one that answers requests as a test says.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "wire.h"

namespace aipg::hostile {

// In every honest question and every honest answer; nobody may log it.
inline constexpr std::string_view kQuestionCanary = "quokka-question";
inline constexpr std::string_view kAnswerCanary = "wombat-answer";
// A question with this word is answered word by word until release().
inline constexpr std::string_view kHold = "hold-until-released";

class Engine {
 public:
  struct Request {
    std::string head, body;
  };
  // Gets the request as far as it was read: all of it, unless `reads_requests` is false.
  using Script = std::function<void(Wire&, const Request&)>;

  explicit Engine(const std::string& path);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Of the next POST alone; honest again after it.
  void next(Script script, bool reads_requests = true);
  void release();
  // Connections that a held answer goes over now.
  [[nodiscard]] std::size_t holding() const { return holding_; }
  // Requests that were read, but for those that ask how it is.
  [[nodiscard]] std::size_t asked() const { return asked_; }

  // --- parts of answers ---
  static std::string head(std::string_view type = "text/event-stream");  // of a chunked answer
  static std::string chunk(std::string_view text);
  static std::string event(std::string_view data);
  // `data:` of one piece of text; the last one says that this was all.
  static std::string piece(std::string_view text, bool last = false);
  static std::string whole_answer();

 private:
  void accept();
  void serve(Wire wire);
  bool answer(Wire& wire, Bytes& in);
  void hold(Wire& wire);

  Listener listener_;
  std::atomic<bool> stopped_ = false;
  std::atomic<std::size_t> holding_ = 0, asked_ = 0;
  std::mutex mutex_;
  std::condition_variable released_;
  std::size_t releases_ = 0;
  Script script_;
  bool reads_requests_ = true;
  std::vector<std::jthread> threads_;
  std::jthread accepting_;
};

}  // namespace aipg::hostile
