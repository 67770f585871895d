;; role-holder
;;
;; Stands in for a protocol contract under whose name it is registered, and does nothing but pass on
;; calls. With it a test reaches the checks that stand behind a role check.

(use-trait ft-trait .sip-010-trait.sip-010-trait)

(define-public (register-p2p
    (owner principal)
    (provider principal)
    (collateral-token principal)
    (risk-tier (string-ascii 20))
    (protected-amount uint)
    (strike-price uint)
    (premium uint)
    (duration uint))
  (contract-call? .policy-registry register-p2p-policy
    owner provider collateral-token risk-tier protected-amount strike-price premium duration))

(define-public (expire (policy-id uint))
  (contract-call? .policy-registry expire-policy policy-id))

(define-public (lock
    (policy-id uint)
    (provider principal)
    (token principal)
    (risk-tier (string-ascii 20))
    (obligation uint)
    (premium uint))
  (contract-call? .liquidity-pool lock-collateral
    policy-id provider token risk-tier obligation premium))

(define-public (claim
    (policy-id uint)
    (recipient principal)
    (payout uint)
    (token <ft-trait>))
  (contract-call? .liquidity-pool settle-claim policy-id recipient payout token))

(define-public (assign (policy-id uint) (recipient principal))
  (contract-call? .liquidity-pool assign-claim policy-id recipient))

(define-public (underwrite
    (owner principal)
    (provider principal)
    (token principal)
    (risk-tier (string-ascii 20))
    (protected-amount uint)
    (strike-price uint)
    (premium uint)
    (duration uint))
  (contract-call? .liquidity-pool underwrite-p2p
    owner provider token risk-tier protected-amount strike-price premium duration))

(define-public (seize
    (provider principal)
    (token principal)
    (risk-tier (string-ascii 20))
    (amount uint)
    (discharged uint)
    (payment uint)
    (liquidator principal))
  (contract-call? .liquidity-pool seize-collateral
    provider token risk-tier amount discharged payment liquidator))
