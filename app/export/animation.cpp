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
  if (extension != ".mp4") fail("'{}': an animation is written as .gif or .mp4", path.string());
  Mp4Encoder encoder(path, frames, frames_per_second);
  for (;;) {
    while (encoder.advance()) {
    }
    if (encoder.next() == frames) return;
    encoder.take(frame(encoder.next()));
  }
}

}  // namespace gatescope::app
