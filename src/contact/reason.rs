//! Stable codes for why a contact was allowed, put off or blocked, with words for people.

/// Why something does not go out, or not yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// There is no number or address for this channel.
    NoAddress,
    /// No consent is on file for this channel.
    ConsentMissing,
    /// The inquiry is too long ago.
    InquiryExpired,
    /// A marketing text without written consent.
    WrittenConsentMissing,
    /// The customer opted out of everything on this channel.
    OptedOut,
    /// The customer opted out of marketing.
    MarketingOptedOut,
    /// The number is on a do-not-call list.
    DncListed,
    /// Nobody checked the do-not-call lists.
    DncNotScrubbed,
    /// Outside the permitted hours where the customer is.
    QuietHours,
    /// The store is closed that day; no marketing goes out.
    StoreClosed,
    /// Enough marketing texts this week.
    MarketingWeeklyCap,
    /// Enough marketing texts this month.
    MarketingMonthlyCap,
    /// Enough attempts on this subject in a day.
    AttemptCap,
}

impl Reason {
    /// Every reason there is.
    pub const ALL: [Self; 13] = [
        Self::NoAddress,
        Self::ConsentMissing,
        Self::InquiryExpired,
        Self::WrittenConsentMissing,
        Self::OptedOut,
        Self::MarketingOptedOut,
        Self::DncListed,
        Self::DncNotScrubbed,
        Self::QuietHours,
        Self::StoreClosed,
        Self::MarketingWeeklyCap,
        Self::MarketingMonthlyCap,
        Self::AttemptCap,
    ];

    /// The code stored and sent.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NoAddress => "no_address",
            Self::ConsentMissing => "consent_missing",
            Self::InquiryExpired => "inquiry_expired",
            Self::WrittenConsentMissing => "written_consent_missing",
            Self::OptedOut => "opted_out",
            Self::MarketingOptedOut => "marketing_opted_out",
            Self::DncListed => "dnc_listed",
            Self::DncNotScrubbed => "dnc_not_scrubbed",
            Self::QuietHours => "quiet_hours",
            Self::StoreClosed => "store_closed",
            Self::MarketingWeeklyCap => "marketing_weekly_cap",
            Self::MarketingMonthlyCap => "marketing_monthly_cap",
            Self::AttemptCap => "attempt_cap",
        }
    }

    /// The reason with this code.
    #[must_use]
    pub fn of(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }

    /// In words; `language` is `es` or anything else for English.
    #[must_use]
    pub fn words(self, language: &str) -> &'static str {
        let (en, es) = match self {
            Self::NoAddress => ("no number or address on file", "no hay número ni dirección registrados"),
            Self::ConsentMissing => ("no consent on file", "no hay consentimiento registrado"),
            Self::InquiryExpired => ("the inquiry is more than 90 days old", "la consulta tiene más de 90 días"),
            Self::WrittenConsentMissing => {
                ("no written consent to marketing texts", "no hay consentimiento escrito para publicidad")
            }
            Self::OptedOut => ("the customer opted out", "el cliente pidió no ser contactado"),
            Self::MarketingOptedOut => ("the customer wants no offers", "el cliente no quiere ofertas"),
            Self::DncListed => ("the number is on a do-not-call list", "el número está en una lista de no llamar"),
            Self::DncNotScrubbed => {
                ("the do-not-call lists were not checked", "no se consultaron las listas de no llamar")
            }
            Self::QuietHours => ("outside permitted hours", "fuera del horario permitido"),
            Self::StoreClosed => ("the store is closed that day", "la tienda está cerrada ese día"),
            Self::MarketingWeeklyCap => {
                ("one marketing text a week at most", "como máximo un mensaje publicitario por semana")
            }
            Self::MarketingMonthlyCap => {
                ("four marketing texts a month at most", "como máximo cuatro mensajes publicitarios al mes")
            }
            Self::AttemptCap => {
                ("three attempts on one subject in a day at most", "como máximo tres intentos por asunto en un día")
            }
        };
        if language.starts_with("es") { es } else { en }
    }
}

/// Why something may go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Basis {
    /// The customer asked for it.
    AskedFor,
    /// It answers an inquiry.
    Inquiry,
    /// Written consent is on file.
    WrittenConsent,
    /// The customer did not unsubscribe; a marketing e-mail carries the footer.
    NotUnsubscribed,
    /// An established business relationship.
    BusinessRelationship,
    /// The do-not-call lists do not have the number.
    DncScrubbed,
}

impl Basis {
    /// The code stored and sent.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::AskedFor => "asked_for",
            Self::Inquiry => "inquiry",
            Self::WrittenConsent => "written_consent",
            Self::NotUnsubscribed => "not_unsubscribed",
            Self::BusinessRelationship => "business_relationship",
            Self::DncScrubbed => "dnc_scrubbed",
        }
    }
}
