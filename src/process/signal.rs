macro_rules! signals {
    ($( $name:ident = $number:literal, $text:literal; )*) => {
        /// A signal.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Signal { $( #[doc = $text] $name = $number, )* }

        impl Signal {
            /// Every signal, by number.
            pub const ALL: &'static [Signal] = &[$( Signal::$name, )*];

            /// The name without `SIG`: `TERM`.
            pub fn name(self) -> &'static str {
                match self { $( Signal::$name => stringify!($name), )* }
            }

            /// What a shell says of a job that it ended: `Terminated`.
            pub fn description(self) -> &'static str {
                match self { $( Signal::$name => $text, )* }
            }
        }
    };
}

signals! {
    HUP = 1, "Hangup";
    INT = 2, "Interrupt";
    QUIT = 3, "Quit";
    ILL = 4, "Illegal instruction";
    TRAP = 5, "Trace/breakpoint trap";
    ABRT = 6, "Aborted";
    BUS = 7, "Bus error";
    FPE = 8, "Floating point exception";
    KILL = 9, "Killed";
    USR1 = 10, "User defined signal 1";
    SEGV = 11, "Segmentation fault";
    USR2 = 12, "User defined signal 2";
    PIPE = 13, "Broken pipe";
    ALRM = 14, "Alarm clock";
    TERM = 15, "Terminated";
    STKFLT = 16, "Stack fault";
    CHLD = 17, "Child exited";
    CONT = 18, "Continued";
    STOP = 19, "Stopped (signal)";
    TSTP = 20, "Stopped";
    TTIN = 21, "Stopped (tty input)";
    TTOU = 22, "Stopped (tty output)";
    URG = 23, "Urgent I/O condition";
    XCPU = 24, "CPU time limit exceeded";
    XFSZ = 25, "File size limit exceeded";
    VTALRM = 26, "Virtual timer expired";
    PROF = 27, "Profiling timer expired";
    WINCH = 28, "Window changed";
    IO = 29, "I/O possible";
    PWR = 30, "Power failure";
    SYS = 31, "Bad system call";
}

/// What a process has arranged for a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disposition {
    /// The kernel's own reaction.
    Default,
    /// None.
    Ignore,
    /// The process reads it with `next_signal`.
    Catch,
}

/// What the kernel does with a signal that nobody arranged anything for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DefaultAction {
    Terminate,
    Stop,
    Continue,
    Nothing,
}

impl Signal {
    /// The signal's number.
    pub fn number(self) -> i32 {
        self as i32
    }

    /// The signal with this number.
    pub fn from_number(number: i32) -> Option<Signal> {
        Signal::ALL.iter().copied().find(|s| s.number() == number)
    }

    /// The signal called `name`, with or without `SIG`, in any case.
    pub fn from_name(name: &str) -> Option<Signal> {
        let upper = name.to_ascii_uppercase();
        let short = upper.strip_prefix("SIG").unwrap_or(&upper);
        Signal::ALL.iter().copied().find(|s| s.name() == short)
    }

    pub(super) fn default_action(self) -> DefaultAction {
        match self {
            Signal::CHLD | Signal::URG | Signal::WINCH => DefaultAction::Nothing,
            Signal::CONT => DefaultAction::Continue,
            Signal::STOP | Signal::TSTP | Signal::TTIN | Signal::TTOU => DefaultAction::Stop,
            _ => DefaultAction::Terminate,
        }
    }
}
