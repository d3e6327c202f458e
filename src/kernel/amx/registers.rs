//! The registers that are tiles, and what can be done with them. All have 16 rows of 64 bytes here.

use std::arch::asm;
use std::arch::x86_64::{__cpuid, __cpuid_count};
use std::sync::OnceLock;

/// Whether the CPU has tiles of brain floats, and the system gives them to this process.
pub(super) fn are_available() -> bool {
    // Asked once: it is a call of the system.
    static ANSWER: OnceLock<bool> = OnceLock::new();
    *ANSWER.get_or_init(|| cpu_has_them() && system_grants_them())
}

fn cpu_has_them() -> bool {
    /// Bits of EDX: AMX-BF16 and AMX-TILE.
    const TILE_AND_BF16: u32 = 1 << 22 | 1 << 24;
    #[allow(unused_unsafe)] // Recent compilers call it safe.
    // SAFETY: every x86-64 processor has the instruction, and leaf 0; leaf 7 is there if that says so.
    unsafe {
        __cpuid(0).eax >= 7 && __cpuid_count(7, 0).edx & TILE_AND_BF16 == TILE_AND_BF16
    }
}

/// Asks Linux for the tiles' contents, which it keeps for those processes alone that want them: `arch_prctl` with
/// `ARCH_REQ_XCOMP_PERM` (`Documentation/arch/x86/xstate.rst`). It is granted to the process for good, and asking again
/// does no harm; it is refused where a thread's stack for signals is too small for them.
fn system_grants_them() -> bool {
    const ARCH_PRCTL: i64 = 158;
    const ARCH_REQ_XCOMP_PERM: u64 = 0x1023;
    const TILE_DATA: u64 = 18;
    let result: i64;
    // SAFETY: a system call that reads and writes no memory; the kernel changes `rcx` and `r11`.
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") ARCH_PRCTL => result,
            in("rdi") ARCH_REQ_XCOMP_PERM,
            in("rsi") TILE_DATA,
            lateout("rcx") _,
            lateout("r11") _,
            options(nostack),
        );
    }
    result == 0
}

/// How large the tiles are, as `ldtilecfg` takes it (Intel's manual, volume 1, section 18.3).
#[repr(C, align(64))]
struct Shapes {
    palette: u8,
    start_row: u8,
    reserved: [u8; 14],
    row_bytes: [u16; 16],
    rows: [u8; 16],
}

/// Eight tiles, as large as they get.
static SHAPES: Shapes = Shapes {
    palette: 1,
    start_row: 0,
    reserved: [0; 14],
    row_bytes: [64, 64, 64, 64, 64, 64, 64, 64, 0, 0, 0, 0, 0, 0, 0, 0],
    rows: [16, 16, 16, 16, 16, 16, 16, 16, 0, 0, 0, 0, 0, 0, 0, 0],
};

/// Gives this thread its tiles.
///
/// # Safety
/// The CPU and the system have them.
pub(super) unsafe fn begin() {
    // SAFETY: the caller's promise; the structure is what the instruction reads.
    unsafe { asm!("ldtilecfg [{}]", in(reg) &raw const SHAPES, options(nostack, preserves_flags, readonly)) };
}

/// Gives the tiles back: the system need not save them then.
///
/// # Safety
/// The CPU and the system have tiles.
pub(super) unsafe fn end() {
    // SAFETY: the caller's promise.
    unsafe { asm!("tilerelease", options(nostack, preserves_flags, nomem)) };
}

/// Makes a tile zero.
///
/// # Safety
/// This thread has its tiles.
#[inline(always)]
pub(super) unsafe fn clear<const TILE: usize>() {
    // SAFETY: the caller's promise.
    unsafe { asm!("tilezero tmm{tile}", tile = const TILE, options(nostack, preserves_flags, nomem)) };
}

/// Reads a tile's rows, which lie `stride` bytes apart.
///
/// # Safety
/// This thread has its tiles, and the rows are there.
#[inline(always)]
pub(super) unsafe fn load<const TILE: usize, T>(rows: *const T, stride: usize) {
    // SAFETY: the caller's promise.
    unsafe {
        asm!(
            "tileloadd tmm{tile}, [{rows} + {stride}]",
            tile = const TILE,
            rows = in(reg) rows,
            stride = in(reg) stride,
            options(nostack, preserves_flags, readonly),
        );
    }
}

/// Writes a tile's rows, which lie `stride` bytes apart.
///
/// # Safety
/// This thread has its tiles, and there is room for the rows.
#[inline(always)]
pub(super) unsafe fn store<const TILE: usize, T>(rows: *mut T, stride: usize) {
    // SAFETY: the caller's promise.
    unsafe {
        asm!(
            "tilestored [{rows} + {stride}], tmm{tile}",
            tile = const TILE,
            rows = in(reg) rows,
            stride = in(reg) stride,
            options(nostack, preserves_flags),
        );
    }
}

/// `sums[i][j] += Σ_k a[i][k] * b[k][j]` of brain floats `a`, 32 to a row, and `b`, of which rows `2k` and `2k + 1` lie in
/// turn in one. Subnormal numbers count as zeros.
///
/// # Safety
/// This thread has its tiles.
#[inline(always)]
pub(super) unsafe fn multiply<const SUMS: usize, const A: usize, const B: usize>() {
    // SAFETY: the caller's promise.
    unsafe {
        asm!(
            "tdpbf16ps tmm{sums}, tmm{a}, tmm{b}",
            sums = const SUMS,
            a = const A,
            b = const B,
            options(nostack, preserves_flags, nomem),
        );
    }
}
