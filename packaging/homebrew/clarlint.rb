# A formula for Homebrew; packaging/finish.sh fills in version, address and checksums.
class Clarlint < Formula
  desc "Static analyzer and architecture linter for Clarity smart contracts"
  homepage "@REPOSITORY@"
  version "@VERSION@"
  license "GPL-3.0-only"

  on_macos do
    on_arm do
      url "@REPOSITORY@/releases/download/v@VERSION@/clarlint-v@VERSION@-aarch64-apple-darwin.tar.gz"
      sha256 "@MACOS_ARM64@"
    end
    on_intel do
      url "@REPOSITORY@/releases/download/v@VERSION@/clarlint-v@VERSION@-x86_64-apple-darwin.tar.gz"
      sha256 "@MACOS_X64@"
    end
  end

  on_linux do
    on_arm do
      url "@REPOSITORY@/releases/download/v@VERSION@/clarlint-v@VERSION@-aarch64-unknown-linux-musl.tar.gz"
      sha256 "@LINUX_ARM64@"
    end
    on_intel do
      url "@REPOSITORY@/releases/download/v@VERSION@/clarlint-v@VERSION@-x86_64-unknown-linux-musl.tar.gz"
      sha256 "@LINUX_X64@"
    end
  end

  def install
    bin.install "clarlint"
    man1.install "clarlint.1"
    bash_completion.install "completions/clarlint.bash" => "clarlint"
    fish_completion.install "completions/clarlint.fish"
    zsh_completion.install "completions/clarlint.zsh" => "_clarlint"
  end

  test do
    (testpath/"a.clar").write "(define-public (f) (ok true))"
    assert_match "1 contract, 1 entrypoint: no findings", shell_output(bin/"clarlint")
  end
end
