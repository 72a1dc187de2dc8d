//! What comes in from outside: `CloudEvents` and ADF/XML leads. Everything is checked, bounded and stored before it is
//! acknowledged.

pub mod adf;
mod adf_error;
pub mod charset;
pub mod cloud_event;
mod envelope;
pub mod leads;
pub mod signature;
mod xml;

/// A lead in our own terms, whatever form it came in.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NormalisedLead {
    /// Who sent it: provider, else source of its id.
    pub source: String,
    /// Name of the lead provider.
    pub provider: Option<String>,
    /// The sender's own id of the lead.
    pub external_id: Option<String>,
    /// Sent again by the provider.
    pub resent: bool,
    /// When the customer asked, as far as it can be read.
    pub requested_at: Option<chrono::DateTime<chrono::Utc>>,
    /// `buy`, `lease`, `sell`, `trade-in` or `test-drive`.
    pub interest: String,
    /// `new` or `used`.
    pub vehicle_status: String,
    /// What they ask about.
    pub vehicle: LeadVehicle,
    /// What they want to give in.
    pub trade_in: Option<LeadVehicle>,
    /// Who asks.
    pub customer: LeadCustomer,
    /// What they wrote.
    pub comments: Option<String>,
    /// `sms`, `email`, `phone` or `any`.
    pub preferred_channel: String,
    /// `morning`, `afternoon`, `evening`, `day` or `nopreference`.
    pub preferred_time: String,
    /// First and last date they want it.
    pub timeframe: Option<(Option<chrono::NaiveDate>, Option<chrono::NaiveDate>)>,
    /// Dealer the lead is meant for, as the sender names it.
    pub vendor: Option<String>,
}

/// A vehicle of a lead.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LeadVehicle {
    /// Model year.
    pub year: Option<i64>,
    /// Make.
    pub make: String,
    /// Model.
    pub model: String,
    /// Trim.
    pub trim: Option<String>,
    /// Vehicle identification number.
    pub vin: Option<String>,
    /// Stock number.
    pub stock: Option<String>,
    /// Odometer reading.
    pub odometer: Option<i64>,
    /// Price named in the lead.
    pub price: Option<f64>,
}

impl LeadVehicle {
    /// `2021 Toyota RAV4 XLE`, as far as it is known.
    #[must_use]
    pub fn description(&self) -> String {
        let year = self.year.map(|year| year.to_string());
        let parts = [year.as_deref(), Some(self.make.as_str()), Some(self.model.as_str()), self.trim.as_deref()];
        let known: Vec<&str> = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
        if known.is_empty() { "a vehicle".to_owned() } else { known.join(" ") }
    }
}

/// The customer of a lead.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LeadCustomer {
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// A company.
    pub business: bool,
    /// E-mail address.
    pub email: Option<String>,
    /// A telephone that the sender calls a mobile one. Without that mark it must not be taken for textable.
    pub mobile: Option<String>,
    /// Any other telephone.
    pub phone: Option<String>,
    /// `en` or `es`.
    pub language: String,
}
