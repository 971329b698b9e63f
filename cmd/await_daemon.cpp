#include "cmd/await_daemon.h"

#include <poll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <utility>

#include "shared/client.h"

namespace jobd::cmd {
namespace {

constexpr Duration kFirstPause{10};
constexpr Duration kLongestPause{1000};

bool exists(const std::string& path) {
  struct stat ignored{};
  return ::lstat(path.c_str(), &ignored) == 0;
}

// The folder the path is in, or the nearest above that exists.
std::string nearest_folder(const std::string& path) {
  std::filesystem::path folder = std::filesystem::path(path).parent_path();
  while (!folder.empty() && folder != folder.root_path() && !exists(folder)) folder = folder.parent_path();
  return folder.empty() ? "." : folder.string();
}

// Tells that something came or changed where the socket will be. Owns an inotify descriptor.
class FolderWatch {
 public:
  explicit FolderWatch(const std::string& path) : descriptor_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)), path_(path) {
    follow();
  }
  ~FolderWatch() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  FolderWatch(const FolderWatch&) = delete;
  FolderWatch& operator=(const FolderWatch&) = delete;

  // Returns after an event or after the pause; where the folder cannot be watched, after a short one.
  void wait(Duration pause) {
    constexpr Duration kPollMax = std::chrono::hours(24);
    const Duration longest = watch_ >= 0 ? kPollMax : kLongestPause;
    pollfd item{descriptor_, POLLIN, 0};
    if (::poll(&item, 1, static_cast<int>(std::min(pause, longest).count())) > 0) drain();
    follow();
  }

 private:
  // Watches the nearest folder that exists, which may be another one than before, also under the same name.
  void follow() {
    constexpr std::uint32_t kEvents = IN_CREATE | IN_MOVED_TO | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF;
    std::string folder;
    do {
      folder = nearest_folder(path_);
      const int watch = ::inotify_add_watch(descriptor_, folder.c_str(), kEvents | IN_ONLYDIR);
      if (watch_ >= 0 && watch != watch_) ::inotify_rm_watch(descriptor_, watch_);
      watch_ = watch;
    } while (folder != nearest_folder(path_));
  }

  void drain() {
    std::array<char, 4096> events{};
    while (::read(descriptor_, events.data(), events.size()) > 0) {
    }
  }

  int descriptor_;
  int watch_ = -1;
  std::string path_;
};

}  // namespace

Result<Pong> ping_once(const std::string& socket_path, Duration patience) {
  auto client = Client::connect(socket_path, patience);
  if (!client) return std::move(client).error();
  auto reply = client->call(Ping{});
  if (!reply) return std::move(reply).error();
  if (!reply->result) return std::move(reply->result).error();
  return decode_pong(*reply->result);
}

Result<Pong> await_daemon(const std::string& socket_path, const Clock& clock, std::optional<Duration> limit) {
  const Time start = clock.now();
  FolderWatch watch(socket_path);
  Duration pause = kFirstPause;
  for (;;) {
    const Duration left = limit ? *limit - (clock.now() - start) : Duration::max();
    const Duration patience = std::clamp<Duration>(left, kFirstPause, limits::kWaitMax);
    auto pong = ping_once(socket_path, patience);
    const Duration rest = limit ? *limit - (clock.now() - start) : Duration::max();
    if (pong || rest <= Duration{}) return pong;
    const bool there = exists(socket_path);
    watch.wait(there ? std::min(rest, pause) : rest);
    pause = there ? std::min(pause * 2, kLongestPause) : kFirstPause;
  }
}

}  // namespace jobd::cmd
