#include "app/export/animation.h"

#include <algorithm>
#include <cctype>

#include "app/export/mp4.h"
#include "core/error.h"
#include "core/files.h"

namespace gatescope::app {

void export_animation(const std::filesystem::path& path, int frames, const FrameSource& frame,
                      double frames_per_second) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (extension == ".gif") return write_file(path, encode_gif(frames, frame, frames_per_second));
  if (extension == ".mp4") return write_mp4(path, frames, frame, frames_per_second);
  fail("'{}': an animation is written as .gif or .mp4", path.string());
}

}  // namespace gatescope::app
