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
#include "shared/descriptor.h"

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

constexpr std::uint32_t kEvents = IN_CREATE | IN_MOVED_TO | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF;

// Tells that something came or changed where the sockets will be. Owns an inotify descriptor.
class FolderWatch {
 public:
  explicit FolderWatch(const std::vector<std::string>& places)
      : descriptor_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
    for (const std::string& path : places) watched_.push_back({path, -1});
    follow();
  }

  // Returns after an event or after the pause; where a folder cannot be watched, after a short one.
  void wait(Duration pause) {
    constexpr Duration kPollMax = std::chrono::hours(24);
    const bool blind = std::ranges::any_of(watched_, [](const Watched& each) { return each.watch < 0; });
    pollfd item{descriptor_.get(), POLLIN, 0};
    if (::poll(&item, 1, static_cast<int>(std::min(pause, blind ? kLongestPause : kPollMax).count())) > 0) drain();
    follow();
  }

 private:
  struct Watched {
    std::string path;
    int watch;
  };

  // Watches the nearest folders that exist, which may be others than before, also under the same name. A folder that
  // two places share has one watch: none is removed, since an old one only wakes once too often.
  void follow() {
    for (Watched& each : watched_) {
      std::string folder;
      do {
        folder = nearest_folder(each.path);
        each.watch = ::inotify_add_watch(descriptor_.get(), folder.c_str(), kEvents | IN_ONLYDIR);
      } while (folder != nearest_folder(each.path));
    }
  }

  void drain() {
    std::array<char, 4096> events{};
    while (::read(descriptor_.get(), events.data(), events.size()) > 0) {
    }
  }

  Descriptor descriptor_;
  std::vector<Watched> watched_;
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

Result<Pong> await_daemon(const std::vector<std::string>& places, const Clock& clock, std::optional<Duration> limit) {
  const Time start = clock.now();
  FolderWatch watch(places);
  Duration pause = kFirstPause;
  for (;;) {
    const Duration left = limit ? *limit - (clock.now() - start) : Duration::max();
    const Duration patience = std::clamp<Duration>(left, kFirstPause, limits::kWaitMax);
    const std::string socket_path = first_socket(places);
    auto pong = ping_once(socket_path, patience);
    const Duration rest = limit ? *limit - (clock.now() - start) : Duration::max();
    if (pong || rest <= Duration{}) return pong;
    const bool there = exists(socket_path);
    watch.wait(there ? std::min(rest, pause) : rest);
    pause = there ? std::min(pause * 2, kLongestPause) : kFirstPause;
  }
}

}  // namespace jobd::cmd
